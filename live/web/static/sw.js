// Serves what the phone has seen while the network or the server is away. Files under a hash: from the cache. Pages: from the
// network, after two seconds without an answer from the cache, with the mark of how old they are. The API: never.

const FILES = 'files', PAGES = 'pages', KEPT_PAGES = 60, WAIT_MS = 2000
const LANGUAGES = ['fr', 'nl', 'en']

self.addEventListener('install', event => event.waitUntil(keepAway()))
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))

// The page that says that we are away, once in each language, with what it needs.
async function keepAway() {
  const pages = await caches.open(PAGES), files = await caches.open(FILES)
  for (const language of LANGUAGES) {
    const answer = await fetch(`/${language}/away`)
    if (!answer.ok) throw new Error(`no page for our absence: ${answer.status}`)
    const html = await answer.clone().text()
    await pages.put(`/${language}/away`, answer)
    await files.addAll([...new Set([...html.matchAll(/"(\/static\/[^"]*\?v=[^"]*)"/g)].map(found => found[1]))])
  }
  await self.skipWaiting()
}

self.addEventListener('fetch', event => {
  const { request } = event, url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (url.pathname.startsWith('/static/')) event.respondWith(file(request, url))
  else if (request.mode !== 'navigate') return
  else if (/^\/(fr|nl|en)\//.test(url.pathname)) event.respondWith(page(event, url))
  else if (/^\/(t\/.*)?$/i.test(url.pathname)) event.respondWith(entrance(event, url))
})

async function file(request, url) {
  const kept = url.searchParams.has('v') && await caches.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok && url.searchParams.has('v')) await (await caches.open(FILES)).put(request, answer.clone())
  return answer
}

async function page(event, url) {
  const pages = await caches.open(PAGES)
  const asked = fetch(event.request).then(async answer => {
    if (answer.ok) await keep(pages, url.href, answer.clone())
    return answer
  })
  event.waitUntil(asked.catch(() => {}))
  const waited = new Promise(done => setTimeout(done, WAIT_MS))
  const first = await Promise.race([asked.catch(() => null), waited])
  if (first && first.status < 500) return first
  const kept = await pages.match(url.href)
  if (kept) return old(kept)
  return first || await asked.catch(() => null) || away(pages, url)
}

// The short addresses, as posters and bibs have them, lead to what was kept, in the language that was read last.
async function entrance(event, url) {
  const asked = fetch(event.request).catch(() => null)
  const first = await Promise.race([asked, new Promise(done => setTimeout(done, WAIT_MS))])
  if (first && first.status < 500) return first
  const pages = await caches.open(PAGES)
  const kept = (await pages.keys()).map(each => new URL(each.url).pathname).filter(each => !each.endsWith('/away')).reverse()
  const front = `/${kept[0]?.slice(1, 3) || LANGUAGES[0]}/`
  const known = url.pathname === '/' ? front : kept.find(each => each.toLowerCase().endsWith(url.pathname.toLowerCase()))
  return known ? Response.redirect(known) : away(pages, new URL(front, url))
}

// The oldest goes where there are too many.
async function keep(pages, address, answer) {
  const headers = new Headers(answer.headers)
  headers.set('X-Kept-At', Date.now())
  await pages.delete(address)
  await pages.put(address, new Response(await answer.blob(), { headers }))
  const all = (await pages.keys()).filter(each => !each.url.endsWith('/away'))
  for (const each of all.slice(0, -KEPT_PAGES)) await pages.delete(each)
}

// The page says itself how old it is: live.js reads the mark.
async function old(kept) {
  const html = (await kept.text()).replace('<html ', `<html data-kept-at="${kept.headers.get('X-Kept-At')}" `)
  const headers = new Headers(kept.headers)
  for (const name of ['Server-Timing', 'Content-Encoding', 'Content-Length']) headers.delete(name)
  return new Response(html, { headers })
}

async function away(pages, url) {
  const language = LANGUAGES.find(each => url.pathname.startsWith(`/${each}/`)) || LANGUAGES[0]
  const known = (await pages.keys()).filter(each => !each.url.endsWith('/away'))
  const times = await Promise.all(known.map(async each => +(await pages.match(each)).headers.get('X-Kept-At')))
  const last = Math.max(0, ...times), page = await pages.match(`/${language}/away`)
  const html = (await page.text()).replace('–:–', last ? new Date(last).toLocaleTimeString(language).slice(0, 5) : '–')
  return new Response(html, { status: 503, headers: page.headers })
}
