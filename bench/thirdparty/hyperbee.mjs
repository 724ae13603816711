/** Hyperbee on hypercore 11, behind the interface of bench/trie. */

import Hyperbee from 'hyperbee'
import Hypercore from 'hypercore'

export async function openHyperbee(directory) {
  const core = new Hypercore(directory)
  const bee = new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'binary' })
  await bee.ready()
  return {
    put: (key, value) => bee.put(key, value),
    async batch(entries) {
      const batch = bee.batch()
      for (const { key, value } of entries) await batch.put(key, value)
      await batch.flush()
    },
    get: async (key) => (await bee.get(key))?.value,
    async count() {
      let count = 0
      for await (const entry of bee.createReadStream()) count += entry ? 1 : 0
      return count
    },
    get version() {
      return bee.version
    },
    async differences(version) {
      let count = 0
      for await (const difference of bee.createDiffStream(version)) count += difference ? 1 : 0
      return count
    },
    close: () => bee.close(),
    reopen: async () => {
      await bee.close()
      return openHyperbee(directory)
    },
  }
}
