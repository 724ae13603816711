/** Hypertrie on hypercore 9, behind the interface of bench/trie. */

import hypertrie from 'hypertrie'

const promised = (call) =>
  new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)))
  })

export async function openHypertrie(directory) {
  const trie = hypertrie(directory, { valueEncoding: 'binary' })
  await promised((done) => trie.ready(done))
  return {
    put: (key, value) => promised((done) => trie.put(key, value, done)),
    batch: (entries) => promised((done) => trie.batch(entries, done)),
    get: async (key) => (await promised((done) => trie.get(key, done)))?.value,
    count: () => counted(trie.iterator()),
    get version() {
      return trie.version
    },
    differences: (version) => counted(trie.diff(version)),
    close: () => promised((done) => trie.feed.close(done)),
    reopen: async () => {
      await promised((done) => trie.feed.close(done))
      return openHypertrie(directory)
    },
  }
}

async function counted(iterator) {
  let count = 0
  while ((await promised((done) => iterator.next(done))) !== null) count++
  return count
}
