/** All receipts of a space with the certificates of the devices in them: a file that anybody verifies without the space. */

import type { DeviceId } from '@hamlet/core'
import { exportReceipts } from '@hamlet/files/credits'
import { openDeviceCertificate } from '@hamlet/identity'
import type { PeerPorts } from '../peer-ports.ts'
import type { OpenSpace } from '../space-registry.ts'
import type { PeerAccounts } from './peer-accounts.ts'

export async function exportSpaceReceipts(
  { crypto, clock }: PeerPorts,
  { runtime }: OpenSpace,
  accounts: Pick<PeerAccounts, 'receiptsIn'>,
): Promise<string> {
  const { space } = runtime
  const { sheet } = await runtime.credits(clock.wall(), accounts.receiptsIn(space.id))
  const receipts = sheet.contributions.flatMap((each) =>
    each.receipts.map(({ receipt }) => receipt),
  )
  const devices = new Set<DeviceId>(receipts.flatMap(({ payer, payee }) => [payer, payee]))
  const certificates = [...space.deviceCertificates()].flatMap(([device, bytes]) => {
    const opened = devices.has(device) ? openDeviceCertificate(crypto, bytes) : undefined
    return opened?.ok === true ? [opened.value] : []
  })
  return exportReceipts(crypto, receipts, certificates)
}
