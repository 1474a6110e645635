// The video's graphics. The stream comes as late as the picture does: live.js waits `data-delay` seconds with it.

const $ = (selector, root = document) => root.querySelector(selector)
const { live } = await import($('script[src*="live.js"]').src)
const { kind } = $('#main').dataset, TOWER = 10
const CARD_MS = 6000, MOST_CARDS = 8, FRESH_MS = 30000

function set(root, texts) {
  for (const name in texts) {
    const slot = $(`[data-f=${name}]`, root)
    if (slot.textContent !== texts[name]) slot.textContent = texts[name]
  }
}

function paint(list) {
  if (kind === 'tower') live.arrange($('#board'), list.slice(0, TOWER).map(live.elementOf))
  if (kind === 'ticker') tick(list)
}

// --- the ticker: the latest crossing; it waits until the one before could be read

let tickedAt = 0, ticked

function tick(list) {
  const seen = list.filter(row => row.at_ms && live.isIn(row)).sort((a, b) => b.at_ms - a.at_ms)[0]
  const key = seen && `${seen.bib}/${seen.at_ms}`
  if (!seen || key === ticked || Date.now() - tickedAt < 3000) return
  ticked = key
  tickedAt = Date.now()
  const text = live.texts(seen)
  set($('#ticker'), { text: [seen.team, text.crossed, text.time, seen.rank && live.format.place(seen.rank)].filter(Boolean).join(' · ') })
}

// --- who came in

const over = new Map(), cards = []
let until = 0

function unseen(row) {
  const m = row.missing?.length && live.legOf(row, row.laps).length
  return m ? live.say('seen', { n: m - row.missing.length, m }) : ''
}

const isOpen = row => row.provisional || row.missing?.length || row.doubts?.length

document.addEventListener('race:changes', ({ detail: { type, standings = [] } }) => {
  for (const { bib } of type === 'changes' ? standings : [...live.rows.values()]) {
    const row = live.rows.get(bib), is = !!row && live.isOver(row) && live.isIn(row)
    if (type === 'changes' && over.get(bib) === false && is && live.serverNow() - row.at_ms < FRESH_MS) cards.push(bib)
    over.set(bib, is)
  }
})

function show() {
  if (Date.now() < until) return
  const zone = $('#arrival'), row = live.rows.get(cards.splice(0, Math.max(1, cards.length - MOST_CARDS)).at(-1))
  zone.hidden = !row
  if (!row) return
  const text = live.texts({ ...row, fresh: false })
  set(zone, { team: row.team, about: [row.bib, row.company !== row.team && row.company].filter(Boolean).join(' · '), time: text.time, note: isOpen(row) ? unseen(row) || text.note : row.place ? live.format.place(row.place) : '' })
  until = Date.now() + CARD_MS
}

document.addEventListener('race:paint', ({ detail }) => paint(detail))
if (kind === 'arrival') setInterval(show, 250)
for (const row of live.rows.values()) over.set(row.bib, live.isOver(row) && live.isIn(row))
paint(live.order.map(bib => live.rows.get(bib)))
