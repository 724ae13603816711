/** A gateway over a folder, and a client that signs, for tests. */

import { createCredential, MemoryCredentials, presignUrl, signRequest } from '../src/index.ts'
import type { S3Credential } from '../src/index.ts'
import type { FolderBackendOptions } from '../src/node/folder-backend.ts'
import { serveS3 } from '../src/node/serve.ts'
import type { S3Server, ServeS3Options } from '../src/node/serve.ts'
import { readXml } from '../src/xml/xml-reader.ts'
import type { XmlNode } from '../src/xml/xml-reader.ts'
import { utf8 } from '@hamlet/core'
import { clock, openFolder, random } from './_folder.ts'
import type { TestFolder } from './_folder.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  readonly text: string
  /** The code of an error, or `undefined`. */
  readonly code: string | undefined
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  readonly contentSha256?: string
  readonly credential?: S3Credential
}

export interface TestServer extends AsyncDisposable {
  readonly server: S3Server
  readonly folder: TestFolder
  readonly credential: S3Credential
  readonly readOnly: S3Credential
  /** `target`: path and query, as they are to be sent. */
  send(method: string, target: string, sent?: Sent): Promise<Answer>
  presign(method: string, target: string, expiresSeconds?: number): string
}

export async function startServer(
  options: Partial<ServeS3Options> & Partial<FolderBackendOptions> = {},
): Promise<TestServer> {
  const folder = await openFolder(options)
  const credential = createCredential(random)
  const readOnly = { ...createCredential(random), readOnly: true }
  const credentials = new MemoryCredentials([credential, readOnly])
  const { backend } = folder
  const server = await serveS3({ backend, credentials, clock, random, ...options })
  return {
    server,
    folder,
    credential,
    readOnly,
    async send(method, target, { body, ...sent } = {}) {
      const request = { method, url: server.url + target, ...sent, body: body ?? '' }
      const signing = { credential: sent.credential ?? credential, nowMs: Date.now() }
      const headers = signRequest(request, signing)
      return fetchAnswer(request.url, { method, headers, body })
    },
    presign(method, target, expiresSeconds = 60) {
      const signing = { credential, nowMs: Date.now(), expiresSeconds }
      return presignUrl({ method, url: server.url + target }, signing)
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export async function fetchAnswer(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: {
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: Uint8Array | string | undefined
  } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : body.slice() }),
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  const code = /<Error><Code>(\w+)<\/Code>/.exec(text)?.[1]
  return { status: response.status, headers: response.headers, bytes, text, code }
}

export function xmlOf({ text }: Answer): XmlNode {
  return readXml(utf8(text))
}

/** Texts of all elements of a name, anywhere. */
export function textsOf(node: XmlNode, name: string): readonly string[] {
  const own = node.name === name ? [node.text] : []
  return [...own, ...node.children.flatMap((child) => textsOf(child, name))]
}
