/**
 * The health check of a container: ends with 0 when the address answers with success within three seconds, and with 1
 * otherwise. The image has no curl, and needs none.
 */

const TIMEOUT_MS = 3000
const [address = ''] = process.argv.slice(2)

try {
  const reply = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  await reply.body?.cancel()
  if (!reply.ok) console.error(`${address} answered ${reply.status}`)
  process.exitCode = reply.ok ? 0 : 1
} catch (error) {
  console.error(`${address} does not answer: ${error.cause?.message ?? error.message}`)
  process.exitCode = 1
}
