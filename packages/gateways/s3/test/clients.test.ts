/**
 * Real clients against the gateway over a folder: rclone, restic, s3cmd and the AWS client for JavaScript.
 *
 * What is not installed is said, and the others run all the same; Debian has the first three, and `npm install --prefix test/clients`
 * brings the last. Each works on the same files, and what comes back must be the same bytes.
 *
 * @timeoutSeconds 300
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { createRequire } from 'node:module'
import type { LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bytesOf } from './_bodies.ts'
import { startServer } from './_server.ts'
import type { TestServer } from './_server.ts'

const MIB = 1024 * 1024
const SDK = join(import.meta.dirname, '../../../../test/clients/package.json')

let peer: TestServer
let folder: string

before(async () => {
  peer = await startServer({ host: 'localhost', partBytesMin: 5 * MIB })
  folder = await mkdtemp(join(tmpdir(), 'hamlet-s3-clients-'))
  const source = join(folder, 'source')
  await mkdir(join(source, 'sub', 'deep'), { recursive: true })
  await writeFile(join(source, 'large.bin'), bytesOf(11 * MIB + 1))
  await writeFile(join(source, 'sub', 'deep', 'empty'), '')
  for (const [i, name] of ['plain.txt', 'with space+ü.bin', '100% (x) & <y>.bin'].entries()) {
    const path = join(source, 'sub', name)
    await writeFile(path, bytesOf(1000 * i + 7, i))
    await utimes(path, 1_600_000_000 + i, 1_600_000_000 + i)
  }
})

after(async () => {
  await peer[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function isInstalled(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.some((each) => existsSync(join(each, program)))
}

function isMissing(program: string): boolean {
  if (isInstalled(program)) return false
  console.log(`SKIPPED ${program} against the S3 gateway: it is not installed here`)
  return true
}

/** The environment has nothing that would lead the client elsewhere. @returns what it says */
function run(
  program: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, LANG: 'C.UTF-8', ...environment }
  return new Promise((resolve, reject) => {
    execFile(program, argv, { env, maxBuffer: 16 * MIB }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr)
      else reject(new Error(`${program} ${argv.join(' ')}: ${stdout}${stderr}`, { cause: error }))
    })
  })
}

async function filesIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(root.length)).sort()
}

async function assertSameFiles(found: string): Promise<void> {
  const source = join(folder, 'source')
  assert.deepEqual(await filesIn(found), await filesIn(source))
  for (const name of await filesIn(source)) {
    const [a, b] = await Promise.all([readFile(join(found, name)), readFile(join(source, name))])
    assert.ok(a.equals(b), name)
  }
}

test('rclone syncs, checks, reads in part, sets times, copies in parts and purges', async () => {
  if (isMissing('rclone')) return
  const remote = {
    RCLONE_CONFIG: join(folder, 'none.conf'),
    RCLONE_CONFIG_T_TYPE: 's3',
    RCLONE_CONFIG_T_PROVIDER: 'Other',
    RCLONE_CONFIG_T_ENDPOINT: peer.server.url,
    RCLONE_CONFIG_T_ACCESS_KEY_ID: peer.credential.accessKeyId,
    RCLONE_CONFIG_T_SECRET_ACCESS_KEY: peer.credential.secretKey,
    RCLONE_CONFIG_T_CHUNK_SIZE: '5Mi',
    RCLONE_CONFIG_T_UPLOAD_CUTOFF: '6Mi',
    RCLONE_CONFIG_T_COPY_CUTOFF: '6Mi',
  }
  const rclone = (...argv: readonly string[]) => run('rclone', argv, remote)
  const source = join(folder, 'source')
  await rclone('sync', source, 't:rclone-bucket/dir')
  assert.match(await rclone('check', source, 't:rclone-bucket/dir'), /0 differences found/)
  const deep = await rclone('check', '--download', source, 't:rclone-bucket/dir')
  assert.match(deep, /0 differences found/)
  const offsets = ['--offset', '1000000', '--count', '4096']
  const path = join(folder, 'part')
  await rclone('copyto', 't:rclone-bucket/dir/large.bin', path, '--multi-thread-cutoff', '1Mi')
  assert.ok((await readFile(path)).equals(bytesOf(11 * MIB + 1)))
  const part = await rclone('cat', '--quiet', ...offsets, 't:rclone-bucket/dir/large.bin')
  const expected = Buffer.from(bytesOf(11 * MIB + 1)).subarray(1_000_000, 1_004_096)
  assert.equal(part, expected.toString())
  const changed = join(folder, 'changed')
  await cp(source, changed, { recursive: true, preserveTimestamps: true })
  await utimes(join(changed, 'sub', 'plain.txt'), 1_500_000_000, 1_500_000_000)
  await rm(join(changed, 'sub', 'deep'), { recursive: true })
  await rclone('sync', changed, 't:rclone-bucket/dir')
  assert.match(await rclone('lsl', 't:rclone-bucket'), /2017-07-14 .*plain\.txt/)
  assert.doesNotMatch(await rclone('ls', 't:rclone-bucket'), /deep/)
  await rclone('copyto', 't:rclone-bucket/dir/large.bin', 't:rclone-bucket/copy/large.bin')
  const copied = await rclone('check', '--download', 't:rclone-bucket/copy', source, '--one-way')
  assert.match(copied, /0 differences found/)
  await rclone('purge', 't:rclone-bucket')
  assert.doesNotMatch(await rclone('lsd', 't:'), /rclone-bucket/)
})

test('restic backs up, checks every byte, restores and prunes', async () => {
  if (isMissing('restic')) return
  const environment = {
    RESTIC_REPOSITORY: `s3:${peer.server.url}/restic-bucket/repository`,
    RESTIC_PASSWORD: 'a password',
    RESTIC_CACHE_DIR: join(folder, 'restic-cache'),
    AWS_ACCESS_KEY_ID: peer.credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: peer.credential.secretKey,
  }
  const restic = (...argv: readonly string[]) => run('restic', argv, environment)
  const source = join(folder, 'source')
  await restic('init')
  await restic('backup', source)
  assert.match(await restic('check', '--read-data'), /no errors were found/)
  const restored = join(folder, 'restored')
  await restic('restore', 'latest', '--target', restored)
  await assertSameFiles(join(restored, source))
  await restic('backup', join(source, 'sub'))
  await restic('forget', '--keep-last', '1', '--group-by', '', '--prune')
  assert.match(await restic('check', '--read-data'), /no errors were found/)
})

test('s3cmd puts in parts, gets, syncs, copies, moves and tells about buckets', async () => {
  if (isMissing('s3cmd')) return
  const config = join(folder, 's3cfg')
  const host = peer.server.url.replace('http://', '')
  await writeFile(
    config,
    `[default]\naccess_key = ${peer.credential.accessKeyId}\nsecret_key = ${peer.credential.secretKey}\n` +
      `host_base = ${host}\nhost_bucket = ${host}\nuse_https = False\nmultipart_chunk_size_mb = 5\n`,
  )
  const s3cmd = (...argv: readonly string[]) =>
    run('s3cmd', ['-c', config, '--no-progress', ...argv])
  const source = join(folder, 'source')
  await s3cmd('mb', 's3://cmd-bucket')
  await s3cmd('put', '--recursive', `${source}/`, 's3://cmd-bucket/')
  assert.match(await s3cmd('info', 's3://cmd-bucket'), /Policy: +none[^]*ACL: +\S+: FULL_CONTROL/)
  assert.match(await s3cmd('info', 's3://cmd-bucket/sub/plain.txt'), /File size: 7/)
  const got = join(folder, 'got')
  await mkdir(got)
  await s3cmd('get', '--recursive', 's3://cmd-bucket/', got)
  await assertSameFiles(got)
  assert.doesNotMatch(await s3cmd('sync', `${source}/`, 's3://cmd-bucket/'), /upload:/)
  await s3cmd('cp', 's3://cmd-bucket/large.bin', 's3://cmd-bucket/copy/one')
  await s3cmd('mv', 's3://cmd-bucket/copy/one', 's3://cmd-bucket/copy/two')
  await s3cmd('modify', '--add-header=x-amz-meta-a:b', 's3://cmd-bucket/copy/two')
  assert.match(await s3cmd('info', 's3://cmd-bucket/copy/two'), /x-amz-meta-a: b/)
  await s3cmd('del', '--recursive', '--force', 's3://cmd-bucket/')
  await s3cmd('rb', 's3://cmd-bucket')
})

/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-call -- the client is not one of our dependencies: it has no types here */
test('the AWS client for JavaScript, with the checksums and chunks it sends by itself', async () => {
  const require = createRequire(SDK)
  let path: string
  try {
    path = require.resolve('@aws-sdk/client-s3')
  } catch {
    console.log('SKIPPED the AWS client for JavaScript: npm install --prefix test/clients')
    return
  }
  const sdk = await import(pathToFileURL(path).href)
  const { accessKeyId, secretKey } = peer.credential
  for (const forcePathStyle of [true, false]) {
    const client = new sdk.S3Client({
      endpoint: `http://localhost:${peer.server.port}`,
      region: 'us-east-1',
      forcePathStyle,
      requestHandler: { httpAgent: new Agent({ lookup: lookupLoopback }) },
      credentials: { accessKeyId, secretAccessKey: secretKey },
    })
    const send = (name: string, input: object) => client.send(new sdk[`${name}Command`](input))
    await useClient(send, forcePathStyle ? 'sdk-path' : 'sdk-host')
    client.destroy()
  }
})

/** Not every system knows that `<bucket>.localhost` is this machine. */
const lookupLoopback: LookupFunction = (_, options, callback) => {
  const address = '127.0.0.1'
  if (options.all === true) callback(null, [{ address, family: 4 }])
  else callback(null, address, 4)
}

/* oxlint-disable typescript/no-unsafe-member-access -- as above */
async function useClient(
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  send: (name: string, input: object) => Promise<any>,
  bucket: string,
): Promise<void> {
  const key = 'a folder/ü+%2F(1).bin'
  const where = { Bucket: bucket, Key: key }
  await send('CreateBucket', { Bucket: bucket })
  const body = bytesOf(200_000)
  const put = await send('PutObject', { ...where, Body: body, Metadata: { a: '1' } })
  assert.match(put.ChecksumCRC32, /^[A-Za-z0-9+/]{6}==$/)
  for (const ChecksumAlgorithm of ['CRC32C', 'SHA1', 'SHA256']) {
    await send('PutObject', { ...where, Body: body, Metadata: { a: '1' }, ChecksumAlgorithm })
  }
  // A stream of unknown content is what the client sends in chunks with a trailer.
  const stream = Readable.from([body.subarray(0, 100_000), body.subarray(100_000)])
  await send('PutObject', {
    ...where,
    Body: stream,
    ContentLength: body.length,
    Metadata: { a: '1' },
  })
  const got = await send('GetObject', where)
  assert.deepEqual(await got.Body.transformToByteArray(), body)
  assert.equal(got.Metadata.a, '1')
  const part = await send('GetObject', { ...where, Range: 'bytes=5-9' })
  assert.deepEqual(await part.Body.transformToByteArray(), body.subarray(5, 10))
  const condition = send('PutObject', { ...where, Body: 'x', IfNoneMatch: '*' })
  await assert.rejects(condition, { name: 'PreconditionFailed' })
  await assert.rejects(send('GetObject', { ...where, Key: 'none' }), { name: 'NoSuchKey' })
  await useParts(send, bucket, key)
  const list = await send('ListObjectsV2', { Bucket: bucket, Delimiter: '/' })
  assert.deepEqual(
    list.CommonPrefixes.map(({ Prefix }: { Prefix: string }) => Prefix),
    ['a folder/'],
  )
  const all = await send('ListObjectsV2', { Bucket: bucket, EncodingType: 'url' })
  const objects = all.Contents.map(({ Key }: { Key: string }) => ({ Key: decodeURIComponent(Key) }))
  assert.deepEqual(objects, [{ Key: key }, { Key: 'in-parts' }])
  const removed = await send('DeleteObjects', { Bucket: bucket, Delete: { Objects: objects } })
  assert.equal(removed.Deleted.length, 2)
  await send('DeleteBucket', { Bucket: bucket })
}

async function useParts(
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  send: (name: string, input: object) => Promise<any>,
  bucket: string,
  sourceKey: string,
): Promise<void> {
  const where = { Bucket: bucket, Key: 'in-parts' }
  const ChecksumAlgorithm = 'CRC64NVME'
  const { UploadId } = await send('CreateMultipartUpload', {
    ...where,
    ChecksumAlgorithm: 'CRC32C',
  })
  const name = { ...where, UploadId }
  const first = bytesOf(5 * MIB, 2)
  const one = { ...name, PartNumber: 1, Body: first, ChecksumAlgorithm: 'CRC32C' }
  const wrong = send('UploadPart', { ...one, ChecksumAlgorithm: 'SHA1' })
  await assert.rejects(wrong, { name: 'InvalidRequest' })
  const { ETag, ChecksumCRC32C } = await send('UploadPart', one)
  const CopySource = `${bucket}/${encodeURIComponent(sourceKey)}`
  const copied = await send('UploadPartCopy', { ...name, PartNumber: 2, CopySource })
  const parts = await send('ListParts', name)
  assert.equal(parts.Parts.length, 2)
  const Parts = [
    { PartNumber: 1, ETag, ChecksumCRC32C },
    { PartNumber: 2, ETag: copied.CopyPartResult.ETag },
  ]
  const done = await send('CompleteMultipartUpload', { ...name, MultipartUpload: { Parts } })
  assert.match(done.ChecksumCRC32C, /-2$/)
  const got = await send('GetObject', where)
  assert.deepEqual(
    Buffer.from(await got.Body.transformToByteArray()),
    Buffer.concat([first, bytesOf(200_000)]),
  )
  const again = await send('CreateMultipartUpload', { ...where, ChecksumAlgorithm })
  await send('AbortMultipartUpload', { ...where, UploadId: again.UploadId })
}
