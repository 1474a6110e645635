// The lap counter at the line: which lap the team that arrives begins. 20 s ahead from its forecast, then by its crossing.

const $ = (selector, root = document) => root.querySelector(selector)
const { live } = await import($('script[src*="live.js"]').src)
const main = $('#main'), words = $('#words').dataset
const AHEAD_MS = 20000, KEPT_MS = 8000

const seen = new Map() // bib -> laps
let crossed // the team that crossed last: { bib, until }

document.addEventListener('race:changes', ({ detail: { type, standings = [] } }) => {
  for (const { bib } of type === 'changes' ? standings : [...live.rows.values()]) {
    const row = live.rows.get(bib)
    if (!row) continue
    const fresh = live.serverNow() - row.at_ms < AHEAD_MS
    if (type === 'changes' && seen.has(bib) && row.laps > seen.get(bib) && fresh) crossed = { bib, until: Date.now() + KEPT_MS }
    seen.set(bib, row.laps)
  }
})

function figure(lap) {
  const total = live.race.laps_total
  if (total && lap > total) return ['', words.finish]
  return total && lap === total ? ['', words.last] : [words.lap, `${lap}`]
}

// Who is at the line now: who has just crossed, unless another is due sooner than he is forgotten.
function paint(list) {
  const clock = live.serverNow(), line = live.race.line
  const due = live.race.frozen ? [] : list.filter(row => live.isRunning(row) && row.next && (row.next.point || line) === line && !row.late &&
    Math.abs(row.next.at_ms - clock) <= AHEAD_MS).sort((a, b) => a.next.at_ms - b.next.at_ms)
  const was = crossed && Date.now() < crossed.until && live.rows.get(crossed.bib), next = due[0]
  const row = was || next
  const [before, lap] = row ? figure(row.laps + (was ? 1 : 2)) : ['', '']
  Object.assign(main.dataset, { state: was ? 'crossed' : next ? 'expected' : 'nobody', bib: row?.bib ?? '', last: lap === words.last || lap === words.finish })
  const texts = { before, lap, bib: row?.bib ?? '', team: row?.team ?? '' }
  for (const name in texts) {
    const slot = $(`[data-f=${name}]`, main)
    if (slot.textContent !== texts[name]) slot.textContent = texts[name]
  }
}

document.addEventListener('race:paint', ({ detail }) => paint(detail))
