/** Loro, behind the interface of bench/crdt: a map is a LoroMap, a set one of true, a counter a LoroCounter. */

import { LoroDoc } from 'loro-crdt'

class LoroReplica {
  #doc = new LoroDoc()
  #map

  constructor(number, bytes) {
    this.#doc.setPeerId(String(number))
    if (bytes) this.#doc.import(bytes)
    this.#map = this.#doc.getMap('map')
  }

  edit(edits) {
    for (const { key, value } of edits) {
      if (value === undefined) this.#map.delete(key)
      else this.#map.set(key, value)
    }
    this.#doc.commit()
  }

  editEach(edits) {
    let bytes = 0
    for (const edit of edits) {
      const from = this.#doc.version()
      this.edit([edit])
      bytes += this.#doc.export({ mode: 'update', from }).length
    }
    return bytes
  }

  increment(times) {
    const counter = this.#doc.getCounter('total')
    for (let i = 0; i < times; i++) counter.increment(1)
    this.#doc.commit()
  }

  total() {
    return this.#doc.getCounter('total').value
  }

  get(key) {
    return this.#map.get(key)
  }

  size() {
    return this.#map.size
  }

  save() {
    return this.#doc.export({ mode: 'snapshot' })
  }

  async changesOf(batches) {
    const from = this.#doc.version()
    for (const edits of batches) this.edit(edits)
    return [this.#doc.export({ mode: 'update', from })]
  }

  take(changes) {
    for (const update of changes) this.#doc.import(update)
  }
}

export const contestant = {
  create: (_kind, number) => new LoroReplica(number),
  load: (_kind, number, bytes) => new LoroReplica(number, bytes),
}
