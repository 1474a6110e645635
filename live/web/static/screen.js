// Paints the big screen: the first teams, a zone that pages through all others, the last crossings.

export default ({ shown, race, board, $, arrange, elementOf, clone, fill, isIn }) => {
  const began = performance.now()

  return list => {
    const top = +shown.rows, pages = Math.ceil(list.length / top) - 1 || 1
    const seconds = Math.floor((performance.now() - began) / 1000)
    const from = top * (1 + Math.floor(seconds / Math.max(8, top)) % pages)
    const others = list.slice(from, from + top)
    arrange(board, list.slice(0, top).map(elementOf))
    arrange($('#rest'), others.map(elementOf))
    $('#range').textContent = others.length ? `${from + 1}-${from + others.length} / ${race.count}` : ''
    const seen = list.filter(row => row.at_ms && isIn(row))
    arrange($('#last'), seen.sort((a, b) => b.at_ms - a.at_ms).slice(0, 5).map(row => {
      if (row.seenAt !== row.at_ms) row.card = clone('#crossed')
      row.seenAt = row.at_ms
      fill(row.card, row)
      return row.card
    }))
  }
}
