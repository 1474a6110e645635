// What a page needs seldom: notices, silent timing points, what is behind its buttons, parts that the server paints.

export default ({ $, all, words, race, choice, format, lang, say, arrange, clone, serverNow, choose, repaint, whole }) => {
  const notices = new Map()
  let silent = JSON.parse($('#silent')?.dataset.silent || '[]'), lock, waiting, missed, sentenceDue, saidAt = 0, failures = 0

  const hasBars = !!$('#notice') // none: the speaker's page, where the server paints them

  // Safety first; it cannot be closed.
  function paint() {
    if (!hasBars) return
    const isOpen = ({ id, level, until_ms }) =>
      !(until_ms < serverNow()) && (level === 'safety' || !choice.closed.includes(id))
    const bars = [...notices.values()].filter(isOpen).sort((a, b) => (b.level === 'safety') - (a.level === 'safety'))
    arrange($('#notices'), bars.map(({ id, level, text, bar }) => {
      Object.assign(bar.dataset, { notice: id, level })
      $('span', bar).textContent = said(text)
      $('button', bar).hidden = level === 'safety'
      return bar
    }))
    const since = ({ point, since_ms }) => say('silent', { point: format.point(point), n: minutes(since_ms) })
    Object.assign($('#silent'), { hidden: !silent[0] || race.frozen, textContent: silent.map(since).join(' ') })
  }

  // Aloud: one sentence in ten seconds at most, the newest.
  function tell(text) {
    if (!sentenceDue) setTimeout(() => {
      saidAt = Date.now()
      $('#said').textContent = sentenceDue()
      sentenceDue = null
    }, Math.max(500, saidAt + 1e4 - Date.now()))
    sentenceDue = text
  }

  const said = text => text[lang] || text.fr
  const minutes = since_ms => Math.max(1, Math.floor((serverNow() - since_ms) / 60000))

  // What the server painted is ours from here on.
  for (const bar of hasBars ? all('#notices [data-notice]') : []) {
    const { notice: id, level, untilMs } = bar.dataset
    notices.set(id, { id, level, bar, text: { fr: $('span', bar).textContent }, until_ms: +untilMs || undefined })
  }
  if (hasBars) setInterval(paint, 1000), paint()

  // Who asks every 10 s gets all that stands above the list with the list.
  document.addEventListener('race:changes', ({ detail }) => {
    if (!detail.notices || !hasBars) return
    for (const id of [...notices.keys()]) if (!detail.notices.some(each => each.id === id)) notices.delete(id)
    for (const told of detail.notices) keep(told)
    silent = detail.silent
    paint()
  })

  function keep(told) {
    const known = notices.get(told.id)
    notices.set(told.id, { ...told, bar: known?.bar || clone('#notice') })
    if (told.level === 'safety' && (!known || said(known.text) !== said(told.text))) tell(() => said(told.text))
  }

  return {
    tell,

    // The bibs in list order, against the server's.
    check([wanted, bibs]) {
      if (crc32(bibs) !== wanted) whole()
    },

    notice(told) {
      if (hasBars) keep(told)
      paint()
      if ($('[data-refresh=any]')) this.refresh() // the feed tells of it
    },

    points(told) {
      silent = told.silent
      paint()
    },

    close(button) {
      choose({ closed: [...choice.closed, button.closest('[data-notice]').dataset.notice].slice(-20) })
      paint()
    },

    // Once the page is live: htmx for search, and the worker for when we are away.
    settle() {
      const { htmxLoad } = document.documentElement.dataset
      if ($('[hx-get]')) import(htmxLoad)
      // What a pause held back comes after it. Before the gun a chip that is checked changes no standing: it is asked for.
      setInterval(() => { if (missed && !choice.paused) missed = false, this.refresh() }, 1000)
      if ($('#team')) setInterval(() => { if (race.state === 'planned' && !document.hidden) this.refresh() }, 20000)
      const rules = { createScriptURL: url => url }
      navigator.serviceWorker?.register((window.trustedTypes?.createPolicy('worker', rules) || rules).createScriptURL('/sw.js')).catch(() => {})
    },

    lang({ hreflang, href }) {
      document.cookie = `lang=${hreflang};path=/;max-age=31536000;samesite=lax`
      location.assign(href)
    },

    above: () => scrollTo(0, 0),
    size: () => choose({ size: (choice.size + 1) % 3 }),
    theme: () => choose({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' }),

    async share(button) {
      if (navigator.share) return navigator.share({ title: document.title, url: location.href }).catch(() => {})
      await navigator.clipboard?.writeText(location.href)
      button.textContent = words.copied
    },

    // The phone takes the lock back when the page is hidden: asked for again in sight.
    async wake(button) {
      const take = async () => { lock = await navigator.wakeLock?.request('screen').catch(() => null) }
      if (lock) lock = await lock.release()
      else await take()
      button.ariaPressed = !!lock
      document.onvisibilitychange = lock && (() => document.hidden || take())
    },

    // What is open stays open, and who has tabbed there stays there.
    refresh() {
      waiting ||= setTimeout(async () => {
        waiting = 0
        if (choice.paused) return void (missed = true)
        try {
          const { morph, painted } = await import(`${document.documentElement.dataset.morph}#${failures}`)
          const fresh = await painted(location.href)
          for (const old of all('[data-refresh]')) {
            const now = fresh.getElementById(old.id)
            if (!now) return
            for (const open of old.querySelectorAll('details[open]')) $(`#${open.id}`, now)?.setAttribute('open', '')
            morph(old, now)
          }
          repaint()
        } catch { failures++ } // a module that was fetched in vain is not fetched again under its address
      }, 500 + Math.random() * 1500)
    },
  }
}

function crc32(text) {
  let crc = -1
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte
    for (let bit = 8; bit--;) crc = crc >>> 1 ^ (crc & 1 && 0xEDB88320)
  }
  return ~crc >>> 0
}
