// The speaker's page: the line as it is heard, all else as the server paints it, at most once a second.

import { morph, painted } from './morph.js'

const $ = (selector, root = document) => root.querySelector(selector)
const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const page = document.documentElement, lang = page.lang
const line = $('#line'), race = line.dataset.race
const { live: { serverNow } } = await import($('script[src*="live.js"]').src)
const KEPT = 60, A_SECOND = 1000

// --- zones that the server paints

let asked = 0, due = 0, under

function refresh() {
  due ||= setTimeout(load, Math.max(0, asked + A_SECOND - Date.now()))
}

async function load() {
  due = 0
  asked = Date.now()
  if (under) return refresh()
  under = true
  try {
    const fresh = await painted(location.href)
    if (!$('#col-line', fresh)) {
      if ($('#token', fresh)) location.reload() // the session has ended
    } else for (const zone of all('[data-zone]')) {
      const now = fresh.getElementById(zone.id)
      if (now) morph(zone, now)
    }
    if (sheet) turnTo(turned)
    count()
  } catch { /* the link says it */ }
  under = false
}

for (const name of ['race:changes', 'race:state', 'race:notice', 'race:points']) document.addEventListener(name, refresh)
setInterval(refresh, 3000)

// --- countdowns, and the clock, which goes on while the public's stands

const two = n => `${n}`.padStart(2, '0')

function count() {
  const clock = $('#own-clock'), { gunMs, startMs, stands } = clock.dataset
  const ms = serverNow() - (gunMs || startMs), s = Math.abs(Math.floor(ms / 1000))
  if (stands !== 'true' && (gunMs ? ms >= 0 : ms < 0 && ms > -864e5)) clock.textContent = `${ms < 0 ? '−' : ''}${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
  for (const li of all('#arriving [data-at-ms]')) {
    const left = +li.dataset.atMs - serverNow(), seconds = Math.floor(Math.abs(left) / 1000)
    const text = `${left <= -1000 ? '+' : ''}${Math.floor(seconds / 60)}:${two(seconds % 60)}`
    const slot = $('[data-f=in]', li)
    if (slot.textContent !== text) slot.textContent = text
    li.toggleAttribute('data-now', left < 15000)
  }
}
setInterval(count, A_SECOND)

// --- the line: a new name a second at most, the rest counted; what is told again changes at once

const waiting = []
let shownAt = 0, turn

const elementOf = key => all('li', line).find(li => li.dataset.key === key)

function hear(passage) {
  const li = elementOf(passage.key), queued = waiting.findIndex(each => each.key === passage.key)
  if (li) fill(li, passage)
  else if (queued >= 0) waiting[queued] = passage
  else waiting.push(passage)
  next()
  refresh()
}

function next() {
  if (turn || !waiting.length) return countWaiting()
  const wait = Math.max(0, shownAt + A_SECOND - Date.now())
  turn = setTimeout(() => {
    turn = 0
    if (line.scrollTop < 8) put(waiting.shift())
    next()
  }, line.scrollTop < 8 ? wait : A_SECOND)
  countWaiting()
}

function countWaiting() {
  const button = $('#waiting')
  button.hidden = waiting.length < 2 && line.scrollTop < 8 || !waiting.length
  button.textContent = button.dataset.words.replace('{n}', waiting.length)
}

function put(passage) {
  const li = $('#passage').content.firstElementChild.cloneNode(true)
  fill(li, passage)
  const after = all('li', line).find(each => +each.dataset.atMs <= passage.at_ms || !each.dataset.atMs)
  line.insertBefore(li, after || null)
  while (line.childElementCount > KEPT) line.lastElementChild.remove()
  shownAt = Date.now()
  $('#no-line').hidden = true
}

function fill(li, { key, bib, team, runners, at, at_ms, state, text }) {
  Object.assign(li.dataset, { key, bib, state, passage: key, atMs: at_ms })
  $('button', li).dataset.card = bib
  const names = runners.map(({ runner, name }) => [runner, name].filter(Boolean).join(' ')).join(', ')
  const texts = { bib, team, at, runner: names, text: text[lang], said: saidText(bib, at_ms) }
  for (const name in texts) {
    const slot = $(`[data-f=${name}]`, li)
    if (slot.textContent !== texts[name]) slot.textContent = texts[name]
  }
}

$('#waiting').onclick = () => { line.scrollTop = 0; next() }
line.addEventListener('scroll', () => line.scrollTop < 8 && next())

let source

function listen() {
  source?.close()
  source = new EventSource(`/api/v1/races/${race}/line`)
  source.onmessage = ({ data }) => hear(JSON.parse(data))
  source.addEventListener('said', ({ data }) => {
    Object.assign(said, JSON.parse(data))
    showSaid()
  })
  source.addEventListener('ready', () => {
    page.dataset.line = 'open'
    for (const bib of unsent) tell(bib)
  })
  source.onerror = () => {
    page.dataset.line = 'closed'
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000), refresh() }
}

// --- what was said, and when: by whichever speaker. Without a network it is told once there is one

const said = JSON.parse(line.dataset.said), unsent = new Set()
const isSaid = (bib, at_ms) => said[bib]?.at_ms >= at_ms // of an earlier lap does not count
const saidText = (bib, at_ms) => isSaid(bib, at_ms) ? `✓ ${said[bib].at}` : ''

function say(bib) {
  said[bib] = { at_ms: serverNow(), at: new Date(serverNow()).toLocaleTimeString('fr', { timeZone: page.dataset.timezone }) }
  showSaid()
  tell(bib)
}

async function tell(bib) {
  unsent.add(bib)
  const answer = await fetch('/speaker/said', { method: 'POST', body: new URLSearchParams({ race, bib }), redirect: 'manual' }).catch(() => null)
  if (answer?.type === 'opaqueredirect') unsent.delete(bib)
}

function showSaid() {
  for (const li of all('li', line)) $('[data-f=said]', li).textContent = saidText(li.dataset.bib, li.dataset.atMs)
  const slot = $('#card [data-f=said]'), bib = $('#card [data-bib]')?.dataset.bib
  if (!slot) return
  slot.hidden = !said[bib]
  slot.textContent = slot.dataset.words.replace('{t}', said[bib]?.at)
}

// The team that Space means: the open card's, the focused line's, else the latest that was not said yet.
function meant() {
  const here = $('#card').open ? $('#card [data-bib]') : document.activeElement?.closest('[data-bib]')
  return here?.dataset.bib || all('li', line).find(li => !isSaid(li.dataset.bib, li.dataset.atMs) && li.dataset.state !== 'ignored')?.dataset.bib
}

// --- cards and search

async function card(bib) {
  const fresh = await painted(`/speaker/t/${encodeURIComponent(bib)}?race=${race}&lang=${lang}`).catch(() => null)
  const team = fresh?.getElementById('team')
  if (!team) return
  $('#card-team').replaceChildren(document.adoptNode(team))
  showSaid()
  if ($('#find').open) $('#find').close()
  if (!$('#card').open) $('#card').showModal()
}

$('#card-team').addEventListener('submit', event => {
  event.preventDefault()
  say($('#card [data-bib]').dataset.bib)
})

let searched
async function search() {
  const query = searched = $('#q').value.trim()
  const fresh = await painted(`/speaker/search?q=${encodeURIComponent(query)}&race=${race}&lang=${lang}`).catch(() => null)
  if (fresh && query === searched) $('#found').replaceChildren(...[...fresh.body.children].filter(each => each.id !== 'said'))
}
$('#q').addEventListener('input', search)
$('#find form').addEventListener('submit', event => {
  event.preventDefault()
  $('#found [data-card]')?.click()
})

// --- prizes: one page each, as they are read

let turned = 0
const sheet = $('#prizes'), pager = $('#pager')

function showPrizes(open = page.dataset.sheet === undefined) {
  if (!sheet) return
  page.toggleAttribute('data-sheet', open)
  pager.hidden = !open
  turnTo(turned)
}

function turnTo(number) {
  const pages = all('article', sheet)
  turned = Math.min(Math.max(number, 0), pages.length - 1)
  page.dataset.turned = turned
  for (const [i, each] of pages.entries()) each.toggleAttribute('data-here', i === turned)
  $('#turned').textContent = `${turned + 1} / ${pages.length}`
  for (const button of all('[data-turn]', pager)) button.disabled = !pages[turned + +button.dataset.turn]
}

if (sheet) {
  sheet.addEventListener('submit', async event => {
    event.preventDefault()
    const form = event.target, button = $('button', form)
    button.disabled = true
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { Accept: 'application/json' } }).catch(() => null)
    const bar = $('#failed')
    bar.hidden = !!answer?.ok || answer?.redirected
    if (!bar.hidden) bar.textContent = (await answer?.json().catch(() => null))?.detail || navigator.onLine && answer?.statusText || bar.dataset.words
    button.disabled = false
    asked = 0
    load()
  })
}

// --- hands

const open = { find: () => { $('#find').showModal(); $('#q').select() }, prizes: () => showPrizes() }

document.addEventListener('click', ({ target }) => {
  const opened = target.closest('[data-open]'), shown = target.closest('[data-card]'), by = target.closest('[data-turn]')
  if (opened) open[opened.dataset.open]()
  else if (shown) card(shown.dataset.card)
  else if (by) turnTo(turned + +by.dataset.turn)
})

document.addEventListener('keydown', event => {
  const typing = event.target.matches('input'), key = event.key
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return
  const sheetOpen = page.dataset.sheet !== undefined
  if (key === ' ' && !(sheetOpen && event.target.closest('button'))) {
    const bib = meant()
    if (bib && !event.repeat) say(bib)
  } else if (key === '/') open.find()
  else if (key === 'p' && sheet) showPrizes()
  else if (key === 'Escape' && sheetOpen && !$('dialog[open]')) showPrizes(false)
  else if (sheetOpen && (key === 'ArrowRight' || key === 'ArrowLeft')) turnTo(turned + (key === 'ArrowRight' ? 1 : -1))
  else return
  event.preventDefault()
})
document.addEventListener('keyup', event => event.key === ' ' && event.target.matches('.list button') && event.preventDefault())

// --- begin

if (location.hash.startsWith('#prize-')) {
  turned = Math.max(0, all('article', sheet).findIndex(each => `#${each.id}` === location.hash))
  showPrizes(true)
}
showSaid()
count()
listen()
