/**
 * Runs ceph's s3-tests against the S3 gateway over a folder:
 *
 *     node test/conformance/s3-tests.ts <folder of s3-tests> [words of pytest's -k]
 *
 * The suite (https://github.com/ceph/s3-tests, at the commit in `s3-tests.json`) is fetched by whoever runs this, and needs Debian's
 * python3-boto3, -pytest, -munch, -isodate, -tz and -requests. What is left out stands in `s3-tests.json`: markers of what the gateway
 * does not have, and words in names where there is no marker for it (ACLs, forms of browsers, access without a key).
 *
 * It fails when a test fails that is not among the known failures, and when a known failure passes: the list may only get shorter.
 */

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCredential, MemoryCredentials } from '@hamlet/s3'
import { FolderBackend, serveS3, systemPorts } from '@hamlet/s3/node'
import type { S3Credential } from '@hamlet/s3'

interface Selection {
  readonly commit: string
  readonly markersLeftOut: readonly string[]
  readonly wordsLeftOut: readonly string[]
  readonly knownFailures: readonly string[]
}

/** Sections of the suite's configuration, each a person with a key; here all of them are the same owner's. */
const PEOPLE = ['s3 main', 's3 alt', 's3 tenant', 'iam', 'iam root', 'iam alt root']
const OUTCOME = /^(PASSED|FAILED|ERROR|SKIPPED) \S*::(\w+)/gm

const [suite, ...words] = process.argv.slice(2)
if (suite === undefined) {
  console.error('usage: node test/conformance/s3-tests.ts <folder of s3-tests> [words]')
  process.exit(2)
}
const selection = JSON.parse(
  await readFile(join(import.meta.dirname, 's3-tests.json'), 'utf8'),
) as Selection
const folder = await mkdtemp(join(tmpdir(), 'hamlet-s3-tests-'))
const people = new Map(PEOPLE.map((name) => [name, createCredential(systemPorts.random)]))
const backend = await FolderBackend.open({
  folder: join(folder, 's3'),
  ...systemPorts,
  sync: false,
})
const credentials = new MemoryCredentials([...people.values()])
const server = await serveS3({ backend, credentials, ...systemPorts })
try {
  const config = join(folder, 's3tests.conf')
  await writeFile(config, configuration(server.port, people))
  judge(await runSuite(suite, config))
} finally {
  await server.close()
  await backend.close()
  await rm(folder, { recursive: true, force: true })
}

function configuration(port: number, people: ReadonlyMap<string, S3Credential>): string {
  const sections = Array.from(people, ([name, { accessKeyId, secretKey }]) => {
    const person = `display_name = ${accessKeyId}\nuser_id = ${accessKeyId}\nemail = none@example.org`
    return `[${name}]\n${person}\naccess_key = ${accessKeyId}\nsecret_key = ${secretKey}\napi_name =\ntenant = none\n`
  })
  const fixtures =
    '[fixtures]\nbucket prefix = hamlet-{random}-\niam name prefix = x-\niam path prefix = /x/\n'
  return `[DEFAULT]\nhost = 127.0.0.1\nport = ${port}\nis_secure = False\nssl_verify = False\n${fixtures}${sections.join('')}`
}

function without(names: readonly string[]): string {
  return names.map((name) => `not ${name}`).join(' and ')
}

function runSuite(suite: string, config: string): Promise<string> {
  const chosen = [
    ...(words.length > 0 ? [`(${words.join(' or ')})`] : []),
    without(selection.wordsLeftOut),
  ]
  const argv = [
    ...['-m', 'pytest', '-q', '-rA', '--tb=line', '-p', 'no:cacheprovider'],
    ...['s3tests/functional/test_s3.py', 's3tests/functional/test_headers.py'],
    ...['-m', without(selection.markersLeftOut), '-k', chosen.join(' and ')],
  ]
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, S3TEST_CONF: config }
  return new Promise((resolve, reject) => {
    // Debian's packages belong to the system's own Python.
    const child = spawn('/usr/bin/python3', argv, {
      cwd: suite,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.on('error', reject)
    child.on('close', () => resolve(output))
  })
}

function judge(output: string): void {
  const byOutcome = new Map<string, string[]>()
  for (const [, outcome = '', name = ''] of output.matchAll(OUTCOME)) {
    byOutcome.set(outcome, [...(byOutcome.get(outcome) ?? []), name])
  }
  const passed = byOutcome.get('PASSED') ?? []
  const failed = [...(byOutcome.get('FAILED') ?? []), ...(byOutcome.get('ERROR') ?? [])]
  const unexpected = failed.filter((name) => !selection.knownFailures.includes(name))
  const mended = passed.filter((name) => selection.knownFailures.includes(name))
  console.log(`${passed.length} of ${passed.length + failed.length} passed`)
  for (const name of unexpected) console.log(`FAILED ${name}`)
  for (const name of mended) console.log(`passes now, so it is no known failure any more: ${name}`)
  if (passed.length === 0) console.log(output.slice(-2000))
  process.exitCode = unexpected.length + mended.length > 0 || passed.length === 0 ? 1 : 0
}
