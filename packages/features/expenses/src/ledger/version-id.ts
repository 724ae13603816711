/**
 * The id of a version: SHA-256 of what it says, so that whoever writes the same version again adds nothing.
 *
 *     "hamlet/v1/ledger-version\0"   25 bytes
 *     CBOR [type, id, replaced, depth, body]
 */

import { bytesToHex, encodeCbor, utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { VersionId } from '../party.ts'
import { versionFields } from './content.ts'
import type { AnyVersion } from './content.ts'

export type Hash = Crypto['hash']

const DOMAIN = utf8('hamlet/v1/ledger-version\0')

export function versionId(hash: Hash, version: AnyVersion): VersionId {
  const said = encodeCbor([`ledger.${version.record}`, ...versionFields(version)])
  return bytesToHex(hash(DOMAIN, said)) as VersionId
}
