// Keeps a page true to its race's stream. It ranks nothing.

const page = document.documentElement
const $ = (selector, root = document) => root.querySelector(selector)
const all = selector => [...document.querySelectorAll(selector)]
const lang = page.lang
const words = JSON.parse(document.body.dataset.words || '{}')
const board = $('[data-race]'), shown = board?.dataset
const race = JSON.parse(shown?.facts || '{}')
const isScreen = /screen|overlay|line|speaker/.test(page.dataset.page), isList = page.dataset.page === 'live'
const isLong = race.count > 400 // streams its head
const now = Date.now
const send = (name, detail) => document.dispatchEvent(new CustomEvent(`race:${name}`, { detail }))

const plural = new Intl.PluralRules(lang), nth = new Intl.PluralRules(lang, { type: 'ordinal' })
const say = (key, values) => (words[key] || '').replace(/{(\w+)}/g, (_, name) => name.endsWith('_ms') ? minute(values[name]) : values[name])
const form = (key, kind) => `${key}.${`${key}.${kind}` in words ? kind : 'other'}`
const count = (key, n, values) => say(form(key, plural.select(n)), { n, ...values })
const two = n => `${n}`.padStart(2, 0)
const phrase = parts => parts.filter(Boolean).join(', ')
const listed = names => names[1] ? say('and', { a: names.slice(0, -1).join(', '), b: names.at(-1) }) : names.join()
const split = seconds => [seconds / 3600, seconds / 60 % 60, seconds % 60].map(Math.floor)
const sum = numbers => numbers.reduce((a, b) => a + b, 0)

export const format = {
  shown: (ms, tenths) => tenths ? Math.ceil(ms / 100) : Math.ceil(ms / 1000) * 10,
  units(units, tenths) {
    const [h, m, s] = split(Math.floor(units / 10))
    return (h ? `${h}:${two(m)}` : m) + `:${two(s)}` + (tenths ? `.${units % 10}` : '')
  },
  time: (ms, tenths) => format.units(format.shown(ms, tenths), tenths),
  gap: (units, tenths) => '+' + format.units(units, tenths),
  clock(ms) {
    const [h, m, s] = split(Math.abs(Math.floor(ms / 1000)))
    return (ms < 0 ? '−' : '') + `${h}:${two(m)}:${two(s)}`
  },
  spoken(units, tenths) {
    const [h, m, s] = split(Math.floor(units / 10)), seconds = tenths ? `${s}.${units % 10}` : `${s}`
    if (!h && !m) return count('seconds', s).replace(s, seconds)
    return [h && count('hours', h), m && count('minutes', m), seconds != 0 && seconds].filter(Boolean).join(' ')
  },
  place: n => say(form('nth', nth.select(n)), { n }),
  laps: (n, m) => count(m ? 'laps_of' : 'laps', n, { m }),
  point: id => id === race.line ? words.line : id.replace(/(\p{L})(\d)/gu, '$1 $2').replaceAll('-', ' '),
  within: ms => ms > 119e3 ? `± ${Math.ceil(ms / 6e4)} min` : `± ${Math.ceil(ms / 1000)} s`,
  expected: (point, at_ms, error_ms, n) => n ? say('overdue', { n }) :
    say('expected', { point: format.point(point), t: minute(at_ms), within: format.within(error_ms) }),
  // In an hour that comes twice with its offset (T31).
  ofDay(ms) {
    const text = timed(ms)
    return [-36e5, 36e5].some(apart => timed(ms + apart) === text) ? new Date(ms).toLocaleTimeString('fr', { timeZone, timeZoneName: 'shortOffset' }).replace('−', '-').replace(/UTC$/, 'UTC+0') : text
  },
}
const timeZone = page.dataset.timezone
const timed = new Intl.DateTimeFormat('fr', { timeStyle: 'medium', timeZone }).format

const rows = new Map()
let order = [], heard = 0

function put(standing) {
  const row = rows.get(standing.bib) || { lacks: [], missing: [], order: [] }
  if (ready && standing.time_ms !== row.time_ms) {
    row.freshUntil = now() + 20000
    if (follows(standing.bib)) later('tell', () => sentence(row))
  }
  rows.set(standing.bib, Object.assign(row, standing, { heard: ++heard }))
  return standing.bib
}

function adopt(li) {
  const { bib, place, status, quality, provisional, facts } = li.dataset, text = name => $(`[data-f=${name}]`, li).textContent
  order.push(put({ bib, li, status, quality, provisional: provisional === 'true', place: +place || null, team: text('team'), company: text('company'), ...JSON.parse(facts) }))
}

const isOver = row => race.laps_total && row.laps >= race.laps_total
const isOpen = row => /running|not_started/.test(row.status)
const isIn = row => isOpen(row) || row.status === 'finished'
const legOf = (row, lap) => race.legs[(lap - 1) % race.legs.length].map(each => row.order[race.roles.indexOf(each)] ?? each).filter(each => each && !row.lacks.includes(each))
const isRunning = row => row.status === 'running' && !isOver(row)
const running = row => isRunning(row) && !race.alone ? legOf(row, row.laps + 1) : []

const level = (a, b) => a?.point && a.point === b?.point && a.laps === b.laps

function behind(ahead, row) {
  if (level(ahead, row))
    return [format.shown(row.time_ms, row.tenths) - format.shown(ahead.time_ms, ahead.tenths), ahead.tenths || row.tenths]
  if (row.point !== race.line || !row.laps || ahead.lap_times_ms.length < row.laps) return null
  const units = format.shown(sum(row.lap_times_ms)) - format.shown(sum(ahead.lap_times_ms.slice(0, row.laps)))
  return units < 0 ? null : [units]
}

function lapsBehind(first, row) {
  let ms = sum(row.lap_times_ms)
  return Math.max(0, first.laps - row.laps - 1, first.lap_times_ms.filter(lap => (ms -= lap) >= 0).length - row.laps)
}

function derive(list, own) {
  const placed = list.filter(row => row.place !== null), more = race.count > order.length
  const openAt = more ? list.length : list.findLastIndex(isOpen)
  const second = row => [row.point, row.laps, format.shown(row.time_ms)], places = {}
  for (const row of placed) (places[second(row)] ||= new Set).add(row.place)
  if (race.close_below && !own) places[second(placed.at(-1))].add()
  let better, rank, widest = 0
  placed.forEach((row, i) => {
    if (placed[i - 1]?.place !== row.place) better = placed[i - 1], rank = i + 1
    row.rank = own ? rank : row.place
    row.tenths = row.point && places[second(row)].size > 1
    row.gap = better && behind(placed[0], row)
    if (row.gap?.[0] < widest) row.gap = null // older than those above
    widest = row.gap?.[0] || widest
    row.ahead = better && behind(better, row)
    row.lapped = better && lapsBehind(placed[0], row)
  })
  for (let i = placed.length, end = i; i--;) {
    const row = placed[i]
    if (!level(row, placed[i + 1])) end = i + 1
    row.through = openAt >= end && !(more && end === placed.length) ? end : 0
  }
  for (const row of list) if (row.place === null) row.rank = row.gap = row.ahead = row.through = row.tenths = row.lapped = null
}

function note(row) {
  if (!isIn(row)) return words[row.status]
  return row.was || (row.missing[0] ? say('awaits', { who: row.missing.join('+') }) : words[row.quality] || (row.provisional ? words.provisional : ''))
}

function doing(row) {
  if (!isRunning(row)) return words[/running|finished/.test(row.status) ? 'finish' : row.status]
  const lap = say(race.laps_total ? 'lap_of' : 'lap', { n: row.laps + 1, m: race.laps_total }), who = running(row)
  return who.length ? `${lap}, ${count('run', who.length, { who: listed(who) })}` : lap
}

const at = row => row.point && row.point !== race.line ? format.point(row.point) : ''
const crossed = row => isOver(row) ? words.finish : row.point ? phrase([say('lap', { n: row.laps + !!at(row) }), at(row)]) : ''

function sentence(row) {
  return phrase([
    row.rank && format.place(row.rank), row.team, say('bib', row),
    (row.laps || row.status === 'running') && format.laps(row.laps, race.laps_total),
    row.time_ms !== null && format.spoken(format.shown(row.time_ms, row.tenths), row.tenths),
    row.lapped ? count('laps_behind', row.lapped) : row.gap && say('behind', { t: format.spoken(...row.gap) }), note(row),
    row.late && row.soon,
  ])
}

function expect(row, clock) {
  const { next, late } = row, from = row.at_ms ?? race.gun_ms + row.time_ms
  row.late = 0
  row.soon = ''
  if (next && !race.frozen && isRunning(row)) {
    if (clock - from > (next.at_ms - from) * 1.25) row.late = Math.ceil((clock - next.at_ms) / 6e4)
    row.soon = format.expected(next.point, next.at_ms, next.error_ms, row.late)
  }
  if (row.bib === shown.bib && late >= 0 && late !== row.late) refresh()
}

function texts(row) {
  const gap = pair => pair ? format.gap(...pair) : '', n = row.through
  return {
    place: row.rank || '', through: n ? say('of', { n }) : '', through_long: n ? say('through', { n }) : '',
    bib: row.bib, team: row.team, company: row.company,
    category: words[`category.${row.category}`] || row.category, runners: running(row).join('+'),
    laps: race.laps_total ? `${row.laps}/${race.laps_total}` : row.laps, at: at(row), note: row.fresh ? words.passage : note(row),
    time: row.time_ms === null ? '' : format.time(row.time_ms, row.tenths), ahead: gap(row.ahead),
    gap: row.lapped ? count('lapped', row.lapped) : gap(row.gap), now: doing(row), crossed: crossed(row),
    next: row.soon,
  }
}

// --- painting

let ready = false, due = false, paintedAt = 0, heldSince = 0, finger, scrolledAt = 0

const minute = ms => format.ofDay(ms).replace(/:..(?= |$)/, '')
const clone = id => $(id).content.firstElementChild.cloneNode(true)

function fill(element, row) {
  const text = texts(row), { status, quality, provisional, fresh, bib, late } = row
  Object.assign(element.dataset, { bib, place: text.place, leads: row.rank === 1, status, quality, provisional, fresh, late })
  for (const slot of element.querySelectorAll('[data-f]')) {
    const value = text[slot.dataset.f], old = slot.firstChild
    if (value === undefined || slot.textContent == value) continue
    if (old && value !== '') old.data = value // a new node is styled anew
    else slot.textContent = value
  }
  const m = row.laps * race.length_m, bar = (part, m) => {
    const drawn = $(part, element)
    if (drawn && drawn.getAttribute('width') != m) drawn.setAttribute('width', m)
  }
  bar('.done', m + (status === 'running' && race.points[row.point] || 0))
  bar('.due', row.soon ? m + (race.points[row.next.point] || race.length_m) : 0)
  const link = $('a.to', element), star = $('[data-do=follow]', element), mine = follows(bib)
  if (link) Object.assign(link, { title: row.team, ariaLabel: sentence(row) }).href ||= `${race.url}/t/${encodeURIComponent(bib)}`
  if (star) star.ariaPressed = mine
  if (star && !star.textContent) star.ariaLabel = say(mine ? 'unfollow' : 'follow', row)
}

// Its team's for ever.
function elementOf(row) {
  const key = [row.heard, row.rank, row.through, row.tenths, row.gap, row.ahead, row.lapped, row.fresh, row.soon, follows(row.bib)].join()
  row.li ||= clone('#row')
  if (key !== row.key) row.key = key, fill(row.li, row)
  return row.li
}

// Those in view glide.
function arrange(list, wanted) {
  const there = list.children
  if (wanted.length === there.length && wanted.every((li, i) => li === there[i])) return
  const glides = ready && !document.hidden && !matchMedia('(prefers-reduced-motion: reduce)').matches
  const top = li => glides && li.isConnected && !li.hidden && li.getBoundingClientRect().top
  const from = wanted.map(top), focused = document.activeElement
  let next = list.firstElementChild
  for (const li of wanted) {
    if (li === next) next = next.nextElementSibling
    else if (list.moveBefore && li.isConnected) list.moveBefore(li, next)
    else list.insertBefore(li, next)
  }
  for (const li of [...there].slice(wanted.length)) li.remove()
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true })
  from.map((was, i) => [wanted[i], was, top(wanted[i])]).forEach(glide)
}

function glide([li, was, is]) {
  const near = top => top > -100 && top < innerHeight + 100
  if (was === false || is === false || was === is || !(near(was) || near(is))) return
  li.style = `z-index:${is < was ? 2 : 1};content-visibility:visible` // skipped: each frame
  li.animate({ transform: [`translateY(${was - is}px)`, 'none'] }, { duration: 400, easing: 'ease-in-out' }).onfinish = () => { li.style = '' }
}

// Four a second; none under a finger or in a scroll.
function repaint() {
  if (due) return
  due = true
  setTimeout(() => requestAnimationFrame(() => {
    due = false
    const busy = finger || now() - scrolledAt < 300
    heldSince = busy ? heldSince || now() : 0
    if (busy && now() - heldSince < 3000) repaint()
    else if (!choice.paused) paint()
  }), Math.max(0, paintedAt + 250 - now()))
}

const isFresh = row => !race.frozen && row.freshUntil > now() && serverNow() - row.at_ms < 20000

function paint() {
  paintedAt = now()
  const list = order.map(bib => rows.get(bib)), clock = serverNow()
  const own = isList && !isLong && list.some(row => row.category === choice.category) && choice.category
  derive(own ? list.filter(row => row.category === own) : list, own)
  for (const row of rows.values()) {
    row.fresh = isFresh(row)
    expect(row, clock)
  }
  Object.assign(shown, { version: race.version, state: race.state, asOfMs: race.as_of_ms, frozen: race.frozen })
  if (isScreen) send('paint', list)
  else if (part) part(list)
  else if (isList) paintList(list, own)
  else if (rows.has(shown.bib)) fill(board, rows.get(shown.bib))
  paintRace()
}

const plain = text => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

function paintList(list, own) {
  const search = isLong ? '' : plain(choice.search), companies = followed().map(bib => rows.get(bib)?.company).filter(Boolean)
  let some
  for (const row of list) {
    const fits = choice.only === 'followed' ? follows(row.bib) : choice.only ? companies.includes(row.company) : !own || row.category === own
    if (fits || !row.li) elementOf(row)
    row.li.hidden = !fits || !plain(`${row.bib} ${row.team} ${row.company}`).includes(search)
    some ||= !row.li.hidden
  }
  arrange(board, list.map(row => row.li))
  $('#none').hidden = some
  $('[data-do=company]').hidden = !companies[0] && choice.only !== 'company'
  for (const row of list) if (row.fresh) above.add(row)
  showAbove()
  const mine = followed().map(bib => rows.get(bib)).filter(Boolean).map(row => {
    row.card ||= clone('#card')
    fill(row.card, row)
    return row.card
  })
  arrange($('#mine'), mine)
  $('#mine').hidden = !mine.length
}

const above = new Set()

function showAbove() {
  for (const row of above) if (row.li.hidden || row.li.getBoundingClientRect().bottom > 48) above.delete(row)
  Object.assign($('[data-do=above]'), { hidden: !above.size, textContent: count('changed', above.size) })
}

function paintRace() {
  const state = $('[data-f=state]'), clock = $('#clock'), { gun_ms, start_ms } = race
  if (state) state.textContent = say(`state.${race.state}`, race)
  Object.assign($('#held'), { hidden: !race.frozen, textContent: say('frozen', race) })
  if (race.frozen && ready) return
  const ms = (gun_ms && race.state !== 'running' ? race.as_of_ms : serverNow()) - (gun_ms || start_ms)
  if (clock) clock.textContent = gun_ms ? format.clock(Math.max(0, ms)) : ms < 0 && ms > -864e5 ? format.clock(ms) : ''
}

// --- the stream

let socket, heardAt = +page.dataset.keptAt || now(), triedAt = 0, polledAt = 0, asked, tries = 0, failures = 0, timer, fetching, reachable
let known = shown && 'whole' in shown // what is streamed
const polls = isLong && shown.category
const query = isLong ? `?head=200${polls ? `&category=${encodeURIComponent(polls)}` : ''}` : ''

const take = {
  board({ standings, version }) {
    order = standings.map(put)
    for (const bib of rows.keys()) if (!order.includes(bib)) rows.delete(bib)
    race.version = version
    known = true
    wish()
  },
  changes({ from, version, standings, places }) {
    if (!known || from > race.version || places.some(([bib]) => !rows.has(bib))) return whole()
    if (version < race.version) return
    const named = standings.map(standing => standing.bib), leader = order[0]
    order = order.filter(bib => !named.includes(bib))
    for (const { index, ...standing } of standings) order.splice(index, 0, put(standing))
    for (const [bib, place] of places) rows.get(bib).place = place
    if (isLong) order.splice(200)
    race.version = version
    const first = rows.get(order[0])
    if (first?.bib !== leader && first?.place && !first.provisional && !first.doubts?.length) later('tell', () => say('leads', first))
    if ($('[data-refresh=any]') || named.includes(shown.bib)) refresh()
  },
  beat({ version, check }) {
    if (version !== race.version) whole()
    else if (known) later('check', [check, order.join()])
  },
  followed({ standings }) {
    for (const bib of standings.map(put)) if (!order.includes(bib)) {
      const row = rows.get(bib)
      Object.assign(row, { rank: row.place, gap: row.gap_ms && [format.shown(row.gap_ms)], lapped: row.gap_laps })
    }
  },
}

function hear(message) {
  const { type, version, ...head } = message
  if (head.journal && head.journal !== race.journal && type !== 'board') return whole()
  for (const name in head) if (name in race) race[name] = head[name]
  take[type]?.(message)
  send(type in take ? 'changes' : type, message)
  repaint()
}

async function whole() {
  if (fetching) return
  fetching = true
  try {
    const answer = await fetch(`/api/v1/races/${race.race}/standings${query}`, { cache: 'no-cache', signal: AbortSignal.timeout(8000) })
    const whole = answer.ok && await answer.json()
    if (whole) delayed(() => hear({ type: 'board', ...whole })), alive()
    reachable = answer.ok
  } catch { reachable = false }
  fetching = false
}

function connect() {
  drop()
  triedAt = now()
  asked = false
  let spoke = false
  const mine = socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/v1/races/${race.race}/stream${known ? `?since=${race.version}&journal=${race.journal}` : ''}`)
  mine.onopen = wish
  mine.onmessage = ({ data }) => {
    if (mine !== socket) return
    spoke = true
    tries = failures = 0
    alive()
    delayed(() => hear(JSON.parse(data)))
  }
  mine.onclose = () => {
    if (mine !== socket) return
    socket = null
    failures += !spoke
    timer = setTimeout(connect, failures > 2 && reachable ? 6e4 : Math.random() * Math.min(8000, tries ? 250 * 2 ** tries : 1000))
    tries++
  }
}

function drop() {
  clearTimeout(timer)
  socket?.close()
  socket = null
}

function wish() {
  const bibs = [...followed(), shown.bib].filter(Boolean).slice(-50)
  if (isLong && bibs.length && socket?.readyState === 1) socket.send(JSON.stringify({ type: 'follow', bibs }))
}

// --- the link

let awaySince = page.dataset.keptAt, link
const [sent] = performance.getEntriesByType('navigation'), stamp = sent?.serverTiming?.[0]
const offset = stamp ? stamp.duration - performance.timeOrigin - sent.responseStart : 0
const isReplay = page.dataset.clock === 'facts'
const delay = 1000 * page.dataset.delay || 0 // of a late picture
const serverNow = () => isReplay && race.as_of_ms || now() + offset - delay
const delayed = act => delay ? setTimeout(act, delay) : act()

function alive() {
  heardAt = now()
  look()
}

function look() {
  const age = Math.max(0, Math.floor((now() - heardAt) / 1000)), bar = $('#away')
  const is = !navigator.onLine || age >= 45 ? 'offline' : age >= 15 ? 'late' : 'live'
  Object.assign($('#link').dataset, { link: page.dataset.link = is, ageS: age })
  $('#link').textContent = choice.paused ? words.paused : say(is === 'live' && failures > 2 ? 'polled' : is, { n: age })
  awaySince = is === 'offline' && (awaySince || now())
  const away = awaySince && now() - awaySince >= 3000
  if (away && bar.hidden) bar.textContent = say('offline_since', { t: format.ofDay(isReplay ? race.as_of_ms : heardAt + offset) })
  bar.hidden = !away
  if (is !== link) send('link', link = is)
}

function watch() {
  if (document.hidden && !isScreen) return
  look()
  if (!choice.paused) paintRace()
  if (isScreen || [...rows.values()].some(row => row.fresh && !isFresh(row))) repaint()
  if ((polls || failures > 2) && now() - polledAt >= 1e4) polledAt = now(), whole()
  const silent = now() - Math.max(heardAt, triedAt)
  if (socket && silent >= 20000) connect()
  else if (socket?.readyState === 1 && silent >= 15000 && !asked) asked = true, socket.send('{"type":"ping"}')
}

// State first, then stream.
async function wake() {
  look()
  if (socket?.readyState === 1 && now() - heardAt < 15000) return repaint()
  drop()
  await whole()
  if (!polls) connect()
}

// --- choices

const key = `live/${page.dataset.event}`
const choice = { follow: {}, category: '', only: '', closed: [], paused: false, search: '', sort: 'gap', theme: '', size: 0 }
const followed = () => choice.follow[race.race] || []
const follows = bib => followed().includes(bib)

function recall() {
  try { Object.assign(choice, JSON.parse(localStorage[key] || '{}')) } catch {}
  const query = new URLSearchParams(location.search)
  if (query.has('cat')) Object.assign(choice, { category: query.get('cat'), only: '' })
  if (query.has('sort')) choice.sort = shown.show
  choice.search = isList ? $('#q').value : ''
}

function showChoices() {
  if (choice.theme) page.dataset.theme = choice.theme
  const press = (name, pressed) => all(`[data-do=${name}]`).forEach(button => { button.ariaPressed = pressed })
  press('theme', page.dataset.theme === 'dark')
  press('pause', choice.paused)
  for (const name of ['followed', 'company']) press(name, choice.only === name)
  press('size', !!choice.size)
  page.dataset.size = choice.size
  if (!isList) return
  shown.show = choice.sort
  $('[data-do=sort]').textContent = words[choice.sort]
  for (const chip of all('[data-cat]')) chip.ariaCurrent = !choice.only && chip.dataset.cat === choice.category
}

function choose(changed) {
  Object.assign(choice, changed)
  const { search, ...kept } = choice
  try { localStorage[key] = JSON.stringify(kept) } catch {}
  showChoices()
  if (isList) {
    const asked = Object.entries({ cat: choice.category, q: search, sort: choice.sort }).filter(([, value]) => value && value !== 'gap')
    history.replaceState(null, '', `${location.pathname}${asked[0] ? '?' : ''}${new URLSearchParams(asked)}`)
  }
  if (board) look(), paint()
}

const only = ({ dataset: { do: name } }) => choose({ only: choice.only === name ? '' : name, category: '' })

const acts = {
  follow(button) {
    const { bib } = button.closest('[data-bib]').dataset
    const bibs = follows(bib) ? followed().filter(each => each !== bib) : [...followed(), bib]
    choose({ follow: { ...choice.follow, [race.race]: bibs } })
    wish()
  },
  followed: only,
  company: only,
  pause: () => choose({ paused: !choice.paused }),
  sort: () => choose({ sort: { gap: 'ahead', ahead: 'time', time: 'gap' }[choice.sort] }),
}

// --- seldom needed

export const live = { $, all, words, race, rows, choice, format, lang, say, texts, derive, arrange, elementOf, clone, fill, legOf, isIn, isOver, isRunning, follows, serverNow, choose, repaint, whole, get order() { return order } }
let seldom
async function later(act, about) {
  seldom ||= import(`${page.dataset.seldom}#${now()}`).then(module => module.default(live)).catch(() => { seldom = 0 })
  const module = await seldom
  if (module) module[act](about)
  else setTimeout(later, 5000, act, about)
}
const refresh = () => later('refresh')

page.dataset.js = ''
if (!isScreen) recall(), showChoices()
const part = page.dataset.part && (await import(page.dataset.part)).default(live)
if (board) {
  all('#board > li, #rest > li').forEach(adopt)
  if (known || isScreen) paint()
  ready = true
  if (!polls) connect()
  setInterval(watch, 1000)
}
setTimeout(later, 500, 'settle')

const on = (name, act, target = document) => target.addEventListener(name, act)
on('click', event => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return
  const find = selector => event.target.closest(selector), chip = !isLong && find('[data-cat]'), act = find('[data-do]')
  if (chip) choose({ category: chip.dataset.cat, only: '' })
  else if (act) (acts[act.dataset.do] || (() => later(act.dataset.do, act)))(act)
  else if (isList && find('#board .figures')) acts.sort()
  else return
  event.preventDefault()
})
on('input', ({ target }) => isList && target.id === 'q' && choose({ search: target.value.trim() }))
on('submit', event => isList && !isLong && event.preventDefault())
for (const name of ['pointerdown', 'pointerup', 'pointercancel']) on(name, ({ target }) => { finger = name === 'pointerdown' && !!target.closest('#board') })
on('scroll', () => {
  scrolledAt = now()
  if (above.size) showAbove()
})
if (board) {
  for (const name of ['notice', 'points']) on(`race:${name}`, ({ detail }) => later(name, detail))
  let asleep
  on('visibilitychange', () => {
    clearTimeout(asleep)
    if (!document.hidden) wake()
    else if (!isScreen) asleep = setTimeout(drop, 30000)
  })
  on('pageshow', event => event.persisted && (recall(), showChoices(), wake()), window)
  on('online', wake, window)
  on('offline', look, window)
}
