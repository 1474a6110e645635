// Brings what is on the page to what the server painted anew, touching only what differs: focus, scroll and animation
// stay with their element. Children with the same data-key are the same thing, wherever they stand.

export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name)
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  if (!old.firstElementChild && !fresh.firstElementChild) {
    if (old.textContent !== fresh.textContent) old.textContent = fresh.textContent
    return
  }
  const known = new Map([...old.children].filter(each => each.dataset?.key).map(each => [each.dataset.key, each]))
  let at = old.firstChild
  for (const child of [...fresh.childNodes]) {
    const same = child.dataset?.key ? known.get(child.dataset.key) : at && !at.dataset?.key && alike(at, child) && at
    if (!same) old.insertBefore(document.importNode(child, true), at)
    else {
      if (same === at) at = at.nextSibling
      else move(old, same, at)
      if (same.nodeType === Node.ELEMENT_NODE) morph(same, child)
      else if (same.data !== child.data) same.data = child.data
    }
  }
  while (at) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}

// Focus goes along, also where a browser cannot move an element without taking it out first.
function move(parent, child, before) {
  const focused = document.activeElement
  if (parent.moveBefore) parent.moveBefore(child, before)
  else parent.insertBefore(child, before)
  if (focused !== document.activeElement) focused.focus({ preventScroll: true })
}

const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && one.id === other.id

// The page at an address, as the server paints it now. A request of this kind may make elements where the policy
// forbids to make them of text.
export function painted(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('GET', address)
    request.responseType = 'document'
    request.timeout = 8000
    request.onload = () => request.response ? resolve(request.response) : reject(new Error(`${request.status}`))
    request.onerror = request.ontimeout = () => reject(new Error('no answer'))
    request.send()
  })
}
