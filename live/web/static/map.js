// Teams on the loop: at most twenty, the followed before the leaders. Decoration: where a team is between two points
// nobody has measured, so it stops 3 % before the next one.

const DOTS = 20, SAMPLES = 61, STOPS = 0.97

export default ({ $, race, choice, arrange, clone, fill, follows, serverNow }) => {
  const loop = $('#loop'), whole = loop.getTotalLength(), dots = $('#dots')
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  const painted = new Map([...$('#positions').children].map(li => [li.dataset.bib, li])) // by the server: kept, with whoever has tabbed there
  const metres = point => race.points[point] || 0

  function place(m) {
    const { x, y } = loop.getPointAtLength(m / race.length_m * whole)
    return `translate(${x}px, ${y}px)`
  }

  // The way from the last point to the next: metres and instants.
  function way(row) {
    const { point, next } = row, from = metres(point), at = row.at_ms ?? race.gun_ms + row.time_ms
    if (!next) return { from, to: from, at, ms: 1 }
    const to = next.point === race.line ? race.length_m : metres(next.point)
    return { from, to: from + (to - from) * STOPS, at, ms: Math.max(1, (next.at_ms - at) * STOPS) }
  }

  function move(row) {
    const { from, to, at, ms } = way(row), { dot } = row, gone = Math.min(ms, Math.max(0, serverNow() - at))
    const stands = still.matches || from === to
    const is = [from, to, at, ms, stands].join()
    if (stands) dot.style.transform = place(from + (to - from) * gone / ms)
    if (dot.moves === is) return
    dot.moves = is
    for (const old of dot.getAnimations()) old.cancel()
    if (stands) return
    const frames = Array.from({ length: SAMPLES }, (_, i) => ({ transform: place(from + (to - from) * i / (SAMPLES - 1)) }))
    dot.animate(frames, { duration: ms, fill: 'both' }).currentTime = gone
  }

  return list => {
    const running = race.frozen ? [] : list.filter(row => row.status === 'running' && row.time_ms !== null)
    const drawn = [...running.filter(row => follows(row.bib)), ...running.filter(row => !follows(row.bib))].slice(0, DOTS)
    arrange(dots, drawn.toReversed().map(row => { // leaders lie on top, followed teams on them
      row.dot ||= clone('#dot')
      row.dot.textContent = row.late ? '?' : row.bib
      row.dot.className = `dot${row.fresh || !row.next ? '' : ' estimated'}${follows(row.bib) ? ' mine' : ''}`
      return row.dot
    }))
    drawn.forEach(move)
    for (const { dot } of drawn) for (const each of dot.getAnimations()) each[choice.paused ? 'pause' : 'play']()
    arrange($('#positions'), drawn.toSorted((a, b) => a.rank - b.rank).map(row => {
      row.spot ||= painted.get(row.bib) || clone('#position')
      fill(row.spot, row)
      $('[data-f=next]', row.spot).ariaHidden = !!row.late // the link's sentence says it
      return row.spot
    }))
    $('#none').hidden = !!drawn[0] || race.frozen
    $('#veiled').hidden = !race.frozen
  }
}
