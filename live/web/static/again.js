// A page that has nothing to show yet: it asks until the server has more, and only then loads itself anew, so that a
// server that is away never leaves a browser's own page on a wall.

const now = document.querySelector('#now')

function tell() {
  if (now) now.textContent = new Date().toLocaleTimeString('fr', { timeZone: document.documentElement.dataset.timezone })
}

async function look() {
  try {
    const answer = await fetch(location.href, { cache: 'no-store', signal: AbortSignal.timeout(5000) })
    if (answer.ok) location.reload()
  } catch { /* the next look */ }
}

tell()
setInterval(tell, 1000)
setInterval(look, 2000)
