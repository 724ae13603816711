/**
 * `fetch` for the client of a page. `fetch` cannot tell how much of a body has been sent, so a file goes out by
 * `XMLHttpRequest`, which can; everything else by `fetch`.
 */

type Listener = (sentBytes: number) => void

const listeners = new WeakMap<Blob, Listener>()

/** Tells how much of this body has been sent, once it is. */
export function watchSending(body: Blob, listener: Listener): void {
  listeners.set(body, listener)
}

export function pageFetch(url: string, init: RequestInit): Promise<Response> {
  return init.body instanceof Blob ? sendBlob(url, init, init.body) : fetch(url, init)
}

function sendBlob(url: string, init: RequestInit, body: Blob): Promise<Response> {
  const { signal } = init
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    const fail = () => {
      signal?.removeEventListener('abort', abort)
      reject(signal?.aborted === true ? signal.reason : new TypeError('the request failed'))
    }
    request.open(init.method ?? 'GET', url)
    for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', ({ loaded }) => listeners.get(body)?.(loaded))
    request.addEventListener('error', fail)
    request.addEventListener('abort', fail)
    request.addEventListener('load', () => {
      signal?.removeEventListener('abort', abort)
      resolve(toResponse(request))
    })
    if (signal?.aborted === true) return fail()
    signal?.addEventListener('abort', abort)
    request.send(body)
  })
}

function toResponse(request: XMLHttpRequest): Response {
  const type = request.getResponseHeader('content-type') ?? 'application/json'
  return new Response(request.status === 204 ? null : request.responseText, {
    status: request.status,
    headers: { 'content-type': type },
  })
}
