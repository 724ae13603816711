/** Routes of a person's devices: listing, naming, linking, revoking, recovering. Words and codes never leave the body. */

import { z } from '@hono/zod-openapi'

import type { HamletApi } from './hamlet-api.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import * as schemas from './schemas.ts'

export function addDeviceRoutes(app: ApiApp, api: HamletApi): void {
  addOwnDeviceRoutes(app, api)
  addLinkRoutes(app, api)
  addRecoveryRoutes(app, api)
}

function addOwnDeviceRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/devices',
    summary: 'The devices of this person, this one first',
    scope: 'read',
    reply: z.array(schemas.ownDevice),
    handle: () => api.devices(),
  })
  defineRoute(app, {
    method: 'put',
    path: '/device-name',
    summary: 'Set what this device is called',
    scope: 'admin',
    body: schemas.nameInput,
    reply: schemas.peerStatus,
    handle: ({ body }) => api.setDeviceName(body.name),
  })
  defineRoute(app, {
    method: 'post',
    path: '/devices/{device}/revoke',
    summary: 'Take a device out of every space',
    scope: 'admin',
    params: z.object({ device: schemas.id }),
    body: schemas.rootInput,
    reply: schemas.deviceRevocation,
    handle: ({ params, body }) => api.revokeDevice(params.device, body.words),
  })
  defineRoute(app, {
    method: 'post',
    path: '/devices/{device}/reset',
    summary: 'Let a device that wrote two histories write again',
    scope: 'admin',
    params: z.object({ device: schemas.id }),
    body: schemas.rootInput,
    reply: schemas.deviceReset,
    handle: ({ params, body }) => api.resetDevice(params.device, body.words),
  })
}

function addLinkRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/device-link',
    summary: 'The linking of a device that is under way',
    scope: 'admin',
    reply: schemas.deviceLink,
    handle: () => api.deviceLink(),
  })
  defineRoute(app, {
    method: 'post',
    path: '/device-link',
    summary: 'Show a code that another device can be linked with',
    scope: 'admin',
    reply: schemas.deviceLink,
    handle: () => api.startLink(),
  })
  defineRoute(app, {
    method: 'put',
    path: '/device-link',
    summary: 'Link this device, with the code that another device shows',
    scope: 'admin',
    body: schemas.linkCodeInput,
    reply: schemas.deviceLink,
    handle: ({ body }) => api.useLinkCode(body.code),
  })
  defineRoute(app, {
    method: 'post',
    path: '/device-link/confirm',
    summary: 'Both devices show the same number',
    scope: 'admin',
    body: schemas.rootInput,
    reply: schemas.deviceLink,
    handle: ({ body }) => api.confirmLink(body.words),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/device-link',
    summary: 'Give a link up, or forget one that has ended',
    scope: 'admin',
    handle: () => api.cancelLink(),
  })
}

function addRecoveryRoutes(app: ApiApp, api: HamletApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/recovery',
    summary: 'The search for spaces after recovering or linking',
    scope: 'read',
    reply: schemas.recovery,
    handle: () => api.recovery(),
  })
  defineRoute(app, {
    method: 'post',
    path: '/recovery',
    summary: 'Make this device one of the person of these words, and look for their spaces',
    scope: 'admin',
    body: schemas.recoverInput,
    reply: schemas.recovery,
    handle: ({ body }) => api.recover(body.words, body.addresses),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/recovery',
    summary: 'End the search',
    scope: 'admin',
    handle: () => api.endRecovery(),
  })
}
