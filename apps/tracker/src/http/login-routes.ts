/** Routes of logging in: peers by their key, people by a password. */

import { z } from '@hono/zod-openapi'

import { NAME_LENGTH_MAX, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from '../limits.ts'
import type { LoginDesk } from '../login/login-desk.ts'
import { base64Url, line, peerId, text, timeMs } from './fields.ts'
import { callerOf, defineRoute } from './route.ts'
import type { TrackerApp } from './route.ts'

const granted = z.object({ token: z.string(), expiresAtMs: timeMs }).openapi('Token')
const credentials = z
  .strictObject({ name: line(NAME_LENGTH_MAX), password: text(PASSWORD_LENGTH_MAX) })
  .openapi('Credentials')
const newAccount = z
  .strictObject({
    name: line(NAME_LENGTH_MAX),
    password: text(PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN),
  })
  .openapi('NewAccount')

export function addLoginRoutes(app: TrackerApp, desk: LoginDesk): void {
  addPeerLogin(app, desk)
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/accounts',
    summary: 'Make an account for a person, where registration is open',
    access: 'open',
    body: newAccount,
    reply: granted,
    status: 201,
    async handle({ body }) {
      const { token, expiresAtMs } = await desk.register(body.name, body.password, {
        isPeer: false,
      })
      return { token, expiresAtMs }
    },
  })
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/accounts/login',
    summary: 'Log in with a name and a password',
    access: 'open',
    body: credentials,
    reply: granted,
    async handle({ body }) {
      const { token, expiresAtMs } = await desk.loginWithPassword(body.name, body.password)
      return { token, expiresAtMs }
    },
  })
}

function addPeerLogin(app: TrackerApp, desk: LoginDesk): void {
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/login/challenge',
    summary: 'Get the challenge a peer signs to log in',
    access: 'open',
    body: z.strictObject({ peer: peerId }),
    reply: z.object({ challenge: z.string(), expiresAtMs: timeMs }).openapi('Challenge'),
    handle: ({ body }) => desk.challenge(body.peer),
  })
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/login',
    summary: 'Log in with a signed challenge',
    access: 'open',
    body: z
      .strictObject({ peer: peerId, challenge: base64Url, signature: base64Url })
      .openapi('Login'),
    reply: granted,
    handle: ({ body, context }) =>
      desk.login(body.peer, body.challenge, body.signature, context.env.host ?? ''),
  })
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/login/renew',
    summary: 'Get a new token for one that is still good, and end that; a peer signs it',
    access: 'any',
    body: z.strictObject({ signature: base64Url.optional() }).openapi('Renewal'),
    reply: granted,
    handle: ({ body, caller, context }) =>
      desk.renew(
        callerOf({ caller }),
        context.get('token') ?? '',
        body.signature,
        context.env.host ?? '',
      ),
  })
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/logout',
    summary: 'End a token',
    access: 'any',
    body: z.strictObject({}),
    async handle({ caller }) {
      await desk.logout(callerOf({ caller }))
    },
  })
}
