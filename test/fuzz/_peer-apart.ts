/**
 * As `startServedPeer`, in a thread of its own: the test runner watches every promise of its own thread, which makes a
 * whole peer there several times as slow.
 *
 * The thread is asked `errors` or `end`, and answers with the errors the server has logged.
 */

import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createHttpClient } from '@hamlet/http/client'
import type { HttpClient } from '@hamlet/http/client'
import { neverHtml, startServedPeer } from './_served-peer.ts'

interface Started {
  readonly url: string
  readonly token: string
  readonly directory: string
}

export interface PeerApart extends AsyncDisposable {
  readonly client: HttpClient
  /** A data directory as a running peer leaves it. */
  readonly directory: string
  /** What the server has logged as errors. */
  errors(): Promise<readonly string[]>
}

export async function startPeerApart(): Promise<PeerApart> {
  const worker = new Worker(new URL(import.meta.url))
  const [{ url, token, directory }] = (await once(worker, 'message')) as [Started]
  const ask = async (what: 'errors' | 'end'): Promise<readonly string[]> => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(what)
    const [errors] = (await once(worker, 'message')) as [readonly string[]]
    return errors
  }
  return {
    client: createHttpClient({ baseUrl: url, token, fetch: neverHtml }),
    directory,
    errors: () => ask('errors'),
    async [Symbol.asyncDispose]() {
      await ask('end')
      await worker.terminate()
    },
  }
}

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const peer = await startServedPeer()
  const { url, token, directory } = peer
  port.on('message', (what: 'errors' | 'end') => {
    const ended = what === 'end' ? peer[Symbol.asyncDispose]() : Promise.resolve()
    void ended.then(() => port.postMessage(peer.errors))
  })
  port.postMessage({ url, token, directory })
}

if (!isMainThread && parentPort !== null) await serve(parentPort)
