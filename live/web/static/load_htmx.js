// Brings htmx, for search, once the page is live: from the CDN if that answers in time, else our copy.

const { htmx, htmxCopy, htmxHash: integrity } = document.documentElement.dataset
const same = text => text, rules = { createHTML: same, createScriptURL: same }
const policy = window.trustedTypes?.createPolicy('htmx', rules) || rules

function bring(address) {
  const script = document.createElement('script')
  Object.assign(script, { integrity, crossOrigin: '', src: policy.createScriptURL(address) })
  script.onload = () => window.htmx.registerExtension('trusted', { init: api => api.initSecurity(policy) })
  if (address !== htmxCopy) script.onerror = () => bring(htmxCopy)
  document.head.append(script)
}

const there = htmx && await fetch(htmx, { integrity, signal: AbortSignal.timeout(1500) }).catch(() => null)
bring(there?.ok ? htmx : htmxCopy)
