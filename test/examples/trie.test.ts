// Goal: the example of the trie does what it says. Method: two processes, of which the second knows the first's name and address.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const FILE = fileURLToPath(new URL('../../examples/trie.ts', import.meta.url))
const KEYS = 300

test('a value is read by the name of a trie in another process, and few blocks come', async () => {
  const serving = spawn(process.execPath, [FILE, 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: serving.stdout })[Symbol.asyncIterator]()
    const name = (await lines.next()).value!
    assert.match(name, /^[0-9a-f]{64}$/)
    const addresses: string[] = []
    for (let i = 0; i < KEYS; i++) serving.stdin.write(`folder-${i % 9}/key-${i} value ${i}\n`)
    for (let line = ''; line !== `version ${KEYS + 1}`;) {
      line = (await lines.next()).value!
      if (line.startsWith('/')) addresses.push(line)
    }
    const near = addresses.filter((address) => address.startsWith('/ip4/127.0.0.1/tcp/'))
    const get = async (key: string): Promise<readonly string[]> => {
      const argv = [FILE, 'get', name, key, ...near]
      const { stdout } = await promisify(execFile)(process.execPath, argv)
      return stdout.split('\n')
    }
    const [value, blocks = ''] = await get('folder-5/key-257')
    assert.equal(value, 'value 257')
    const [, came, all] = /^(\d+) of (\d+) blocks came$/.exec(blocks)!
    assert.equal(Number(all), KEYS + 1)
    assert.ok(Number(came) < 20, blocks)
    assert.equal((await get('folder-5/none'))[0], '(nothing)')
  } finally {
    serving.kill('SIGKILL')
  }
})
