/** What can be checked in a control operation without any state: certificates, requests, prekeys, fork proofs. */

import type { Crypto, DeviceId, EntryId, SpaceId } from '@hamlet/core'
import { openDeviceCertificate, openSignedPrekey } from '@hamlet/identity'
import { decodeForkPoint } from '@hamlet/log'
import type { ControlNode } from './control-node.ts'
import type { ControlOperation } from './control-operation.ts'
import { readForkPoint } from './fork-evidence.ts'
import type { ForkEvidence } from './fork-evidence.ts'
import { decodeJoinRequest, requestCertificate, verifyJoinRequest } from './join-request.ts'

export type Examined = Pick<
  ControlNode,
  'certificate' | 'request' | 'fork' | 'prekey' | 'isRequestSignedFor'
>

const NOTHING: Examined = {
  certificate: undefined,
  request: undefined,
  fork: undefined,
  prekey: undefined,
  isRequestSignedFor: () => false,
}

export function examineOperation(
  crypto: Crypto,
  space: SpaceId,
  entry: {
    readonly id: EntryId
    readonly device: DeviceId
    readonly operation: ControlOperation
  },
): Examined {
  const { operation, device, id } = entry
  switch (operation.name) {
    case 'genesis': {
      const opened = openDeviceCertificate(crypto, operation.certificate)
      const isNamesake = (id as string) === space
      const fits =
        opened.ok &&
        isNamesake &&
        opened.value.device === device &&
        opened.value.person === operation.person
      return { ...NOTHING, certificate: fits ? opened.value : undefined }
    }
    case 'device-add': {
      const opened = openDeviceCertificate(crypto, operation.certificate)
      return { ...NOTHING, certificate: opened.ok ? opened.value : undefined }
    }
    case 'join-request':
      return examineRequest(crypto, space, operation.request)
    case 'prekey': {
      const opened = openSignedPrekey(crypto, operation.prekey)
      const isOwn = opened.ok && opened.value.device === device
      return { ...NOTHING, prekey: isOwn ? opened.value : undefined }
    }
    case 'fork':
      return { ...NOTHING, fork: examineFork(crypto, space, operation.proof) }
    default:
      return NOTHING
  }
}

function examineRequest(crypto: Crypto, space: SpaceId, bytes: Uint8Array): Examined {
  const decoded = decodeJoinRequest(bytes)
  const request = decoded.ok && decoded.value.space === space ? decoded.value : undefined
  const certificate = request && requestCertificate(crypto, request)
  return {
    ...NOTHING,
    request,
    certificate,
    isRequestSignedFor: (publicKey) =>
      request !== undefined &&
      certificate !== undefined &&
      verifyJoinRequest(crypto, request, certificate, publicKey),
  }
}

function examineFork(crypto: Crypto, space: SpaceId, bytes: Uint8Array): ForkEvidence | undefined {
  const decoded = decodeForkPoint(bytes)
  return decoded.ok ? readForkPoint(crypto, space, decoded.value) : undefined
}
