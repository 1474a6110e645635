// The big screen: pages the list, tells who is expected and who came in, and follows what officials want shown.

import { morph, painted } from './morph.js'

const $ = (selector, root = document) => root.querySelector(selector)
const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const { live } = await import($('script[src*="live.js"]').src)
const page = document.documentElement, main = $('#main'), top = +main.dataset.rows
const asked = new URLSearchParams(location.search)
const started = Date.now(), PAGE_S = Math.max(8, top)
const CARD_MS = 4000, FIRST_MS = 8000, MOST_CARDS = 5, FRESH_MS = 20000

for (const [name, property] of [['w', '--W'], ['h', '--H']]) if (+asked.get(name)) page.style.setProperty(property, `${+asked.get(name)}px`)
if (asked.has('safe') && +asked.get('safe') >= 0) page.style.setProperty('--safe', +asked.get('safe'))

// --- the board and the page of the others

function paint(list) {
  const cat = main.dataset.category, shown = cat ? list.filter(row => row.category === cat) : list
  if (cat) live.derive(shown, cat)
  const every = live.race.count > list.length ? [...shown, ...below(cat)] : shown
  const count = cat ? every.length : live.race.count
  const pages = Math.ceil(every.length / top) - 1 || 1
  const from = top * (1 + Math.floor((Date.now() - started) / 1000 / PAGE_S) % pages)
  const others = every.slice(from, from + top)
  live.arrange($('#board'), shown.slice(0, top).map(live.elementOf))
  live.arrange($('#rest'), others.map(live.elementOf))
  $('#range').textContent = others.length ? `${from + 1}-${from + others.length} / ${count}` : ''
  paintLast(list)
  paintNext(list)
  if (main.dataset.slide === 'map') paintMap(list)
  fitAll()
}

// Of a large race its head alone is streamed: who is below is asked for once a minute, so that nobody is invisible.
const unlisted = new Map(), BELOW_MS = 60000
let belowOf, belowAt = 0, belowRows = []

function below(cat) {
  if (belowOf !== cat) belowAt = 0, belowRows = []
  belowOf = cat
  if (Date.now() - belowAt >= BELOW_MS) askBelow(cat)
  return belowRows.filter(row => !live.order.includes(row.bib))
}

async function askBelow(cat) {
  belowAt = Date.now()
  const query = cat ? `?category=${encodeURIComponent(cat)}` : ''
  const answer = await fetch(`/api/v1/races/${$('#board').dataset.race}/standings${query}`).catch(() => null)
  if (!answer?.ok || belowOf !== cat) return
  belowRows = (await answer.json()).standings.filter(({ bib }) => !live.rows.has(bib)).map(standing => {
    const row = unlisted.get(standing.bib) || { lacks: [], missing: [], order: [] }
    unlisted.set(standing.bib, row)
    return Object.assign(row, standing, { heard: belowAt, rank: standing.place, gap: standing.gap_ms && [live.format.shown(standing.gap_ms)], lapped: standing.gap_laps })
  })
}

function paintLast(list) {
  const seen = list.filter(row => row.at_ms && live.isIn(row)).sort((a, b) => b.at_ms - a.at_ms).slice(0, 5)
  live.arrange($('#last'), seen.map(row => {
    if (row.seenAt !== row.at_ms) row.crossing = live.clone('#crossed')
    row.seenAt = row.at_ms
    live.fill(row.crossing, row)
    return row.crossing
  }))
}

// --- names: a long one is set smaller, then in two lines, before it is cut

const SMALLEST = 0.66

function fit(name) {
  const { parentElement: row, textContent } = name, is = `${textContent}|${row.offsetWidth}|${$('.about, [data-f=time], [data-f=in]', row)?.offsetWidth}|${$('.figures', row)?.offsetWidth}`
  if (name.dataset.is === is) return
  name.dataset.is = is
  delete name.dataset.fit
  name.style.fontSize = ''
  const share = name.clientWidth / name.scrollWidth
  if (share >= SMALLEST && share < 1) name.style.fontSize = `${Math.floor(share * 97) / 100}em`
  else if (share < SMALLEST) name.dataset.fit = 'two'
}

function fitAll() {
  for (const name of all('#board .to, #rest .to, #last [data-f=team], #next [data-f=team], #arrivals [data-f=team], #slide .companies span')) if (name.clientWidth) fit(name)
}

document.fonts?.ready.then(() => {
  for (const name of all('[data-is]')) delete name.dataset.is
  fitAll()
})

// --- who is expected

const two = n => `${n}`.padStart(2, '0')
function left(ms) {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
}

const elements = { next: new Map(), arrivals: new Map() }

function where(row) {
  const { next: { point } } = row, line = live.race.line
  if (!point || point === line) return live.race.laps_total === row.laps + 1 ? live.say('finish') : live.say('lap', { n: row.laps + 1 })
  return `${live.say('lap', { n: row.laps + 1 })}, ${live.format.point(point)}`
}

function paintNext(list) {
  const clock = live.serverNow()
  const soon = live.race.frozen ? [] : list.filter(row => live.isRunning(row) && row.next && !row.late)
    .sort((a, b) => a.next.at_ms - b.next.at_ms).slice(0, 10)
  paintExpected('next', soon.slice(0, 5), clock)
  paintExpected('arrivals', soon, clock)
}

function paintExpected(name, soon, clock) {
  const kept = elements[name]
  for (const bib of kept.keys()) if (!soon.some(row => row.bib === bib)) kept.delete(bib)
  live.arrange($(`#${name}`), soon.map(row => {
    const li = kept.get(row.bib) || live.clone('#expected')
    kept.set(row.bib, li)
    Object.assign(li.dataset, { bib: row.bib, atMs: row.next.at_ms })
    const texts = { bib: row.bib, team: row.team, where: where(row), in: row.next.at_ms < clock ? '…' : left(row.next.at_ms - clock) }
    for (const slot of all('[data-f]', li)) if (slot.textContent !== texts[slot.dataset.f]) slot.textContent = texts[slot.dataset.f]
    return li
  }))
}

// --- the loop: decoration between two mats, never past one

const SVG = 'http://www.w3.org/2000/svg', dots = new Map(), loop = $('#loop')

function position(row, clock) {
  const from = row.at_ms, { next } = row, length = live.race.length_m
  if (!live.isRunning(row) || !next || !from || !row.point || row.late) return null
  const at = live.race.points[row.point] || 0, way = (live.race.points[next.point] || length) - at
  const gone = Math.min(Math.max(clock - from, 0) / Math.max(next.at_ms - from, 1), 0.97)
  return (at + way * gone) / length
}

function paintMap(list) {
  const clock = live.serverNow(), whole = loop.getTotalLength() // which it has in sight only
  const shown = live.race.frozen ? [] : list.map(row => [row, position(row, clock)]).filter(([, part]) => part !== null).slice(0, 12)
  for (const [bib, dot] of dots) if (!shown.some(([row]) => row.bib === bib)) dot.remove(), dots.delete(bib)
  for (const [row, part] of shown) {
    const { x, y } = loop.getPointAtLength(part * whole)
    let dot = dots.get(row.bib)
    if (!dot) {
      dot = document.createElementNS(SVG, 'g')
      dot.append(document.createElementNS(SVG, 'circle'), document.createElementNS(SVG, 'text'))
      dot.firstChild.setAttribute('r', 7)
      dot.lastChild.textContent = row.bib
      dots.set(row.bib, dot)
      $('#dots').append(dot)
    }
    dot.style.transform = `translate(${x}px, ${y}px)`
  }
  const lines = shown.map(([row]) => [row.rank, row.bib, row.team])
  if (JSON.stringify(lines) === $('#legend').dataset.of) return
  $('#legend').dataset.of = JSON.stringify(lines)
  $('#legend').replaceChildren(...lines.map(texts => {
    const li = document.createElement('li')
    li.append(...texts.map((text, i) => Object.assign(document.createElement(i === 1 ? 'b' : 'span'), { textContent: text ?? '' })))
    return li
  }))
}

// --- who came in: a card over the right column, one after the other; more than five become one list

const over = new Map(), cards = []
let cardUntil = 0, carded

function noteFinishes(standings, clock) {
  for (const { bib } of standings) {
    const row = live.rows.get(bib), was = over.get(bib)
    const is = !!row && live.isOver(row) && live.isIn(row)
    over.set(bib, is)
    if (was === false && is && clock - row.at_ms < FRESH_MS) cards.push(bib)
  }
  showCards()
}

// A place is told when nothing of the team is open.
// So many of the team are in, of so many.
function unseen(row) {
  const m = row.missing?.length && live.legOf(row, row.laps).length
  return m ? live.say('seen', { n: m - row.missing.length, m }) : ''
}

const isOpen = row => row.provisional || row.missing?.length || row.doubts?.length

function firstOf(row) {
  const better = live.order.map(bib => live.rows.get(bib)).find(each => each.category === row.category && each.place !== null)
  return better === row && !isOpen(row) && row.category
}

function cardOf(row) {
  const text = live.texts(row), card = live.clone('#arrived'), first = firstOf(row)
  const place = isOpen(row) || !row.place ? '' : live.format.place(row.place)
  const named = first && $('#first').content.textContent.replace('{category}', text.category)
  const texts = { team: row.team, about: [row.bib, row.company !== row.team && row.company].filter(Boolean).join(' · '), time: text.time, note: isOpen(row) ? unseen(row) || live.texts({ ...row, fresh: false }).note : named || place }
  for (const name in texts) $(`[data-f=${name}]`, card).textContent = texts[name]
  // Nine letters fit beside each other, some 25 in four lines: what is longer is set smaller before a word is broken.
  const longest = Math.max(...row.team.split(/[\s-]+/).map(word => word.length))
  $('[data-f=team]', card).style.setProperty('--fit', Math.max(0.5, Math.min(1, 9 / longest, Math.sqrt(25 / row.team.length))).toFixed(2))
  return card
}

function listOf(bibs) {
  const card = live.clone('#several')
  $('ol', card).replaceChildren(...bibs.map(bib => {
    const row = live.rows.get(bib), li = document.createElement('li')
    for (const [tag, text] of [['span', row.team], ['em', live.texts(row).time]]) li.append(Object.assign(document.createElement(tag), { textContent: text }))
    return li
  }))
  return card
}

function showCards() {
  const now = Date.now(), zone = $('#card')
  if (carded && now < cardUntil) {
    const row = live.rows.get(carded)
    if (row) morph(zone.firstElementChild, cardOf(row))
    return
  }
  if (now < cardUntil) return
  carded = null
  const known = cards.filter(bib => live.rows.has(bib))
  cards.splice(0, cards.length, ...known)
  zone.hidden = !cards.length
  if (!cards.length) return zone.replaceChildren()
  if (cards.length > MOST_CARDS) {
    zone.replaceChildren(listOf(cards.splice(0, 10)))
    cardUntil = now + FIRST_MS
  } else {
    carded = cards.shift()
    const row = live.rows.get(carded)
    zone.replaceChildren(cardOf(row))
    cardUntil = now + (firstOf(row) ? FIRST_MS : CARD_MS)
  }
}

document.addEventListener('race:changes', ({ detail: { type, standings = [] } }) => {
  if (type !== 'changes') for (const row of live.rows.values()) over.set(row.bib, live.isOver(row) && live.isIn(row))
  else noteFinishes(standings, live.serverNow())
})
document.addEventListener('race:paint', ({ detail }) => paint(detail))
setInterval(showCards, 250)

// --- what officials want shown: asked each second, painted when it is another

let repainting, release = main.dataset.release

async function follow() {
  if (repainting) return
  try {
    const answer = await fetch(`/api/v1/screens/${main.dataset.screen}${location.search}`, { cache: 'no-store', signal: AbortSignal.timeout(4000) })
    if (!answer.ok) return
    const { stamp, slide, release: newest } = await answer.json()
    const waits = slide === 'sponsors' && main.dataset.slide === 'board' && (cards.length || Date.now() < cardUntil)
    if (stamp === main.dataset.stamp || waits) return
    repainting = true
    const fresh = await painted(location.href), next = $('#main', fresh)
    if (next?.dataset.screen) show(next, newest, fresh)
  } catch { /* the link says it */ } finally { repainting = false }
}

function show(next, newest, fresh) {
  const race = $('#board', fresh).dataset.race
  if (newest !== release || race !== $('#board').dataset.race) return location.reload()
  morph($('#slide'), $('#slide', next))
  for (const name of ['slide', 'stamp', 'category']) main.dataset[name] = next.dataset[name]
  paint(live.order.map(bib => live.rows.get(bib)))
}

setInterval(follow, 1000)

// --- the strip of sponsors, four at a time

const strip = all('.strip li'), AT_ONCE = 4
let stripAt = 0
if (strip.length > AT_ONCE) setInterval(() => {
  stripAt = (stripAt + AT_ONCE) % strip.length
  for (const [i, li] of strip.entries()) li.hidden = (i - stripAt + strip.length) % strip.length >= AT_ONCE
}, 12000)

for (const row of live.rows.values()) over.set(row.bib, live.isOver(row) && live.isIn(row))
paint(live.order.map(bib => live.rows.get(bib)))
