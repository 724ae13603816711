/** Yjs, behind the interface of bench/crdt: a map is a Y.Map, a set one of true, a counter one of totals per replica. */

import * as Y from 'yjs'

class YjsReplica {
  #doc
  #map
  #total = 0
  #name

  constructor(number, bytes) {
    this.#doc = new Y.Doc({ gc: true })
    this.#doc.clientID = number
    this.#name = String(number)
    if (bytes) Y.applyUpdate(this.#doc, bytes)
    this.#map = this.#doc.getMap('map')
  }

  edit(edits) {
    this.#doc.transact(() => this.#apply(edits))
  }

  editEach(edits) {
    let bytes = 0
    const listener = (update) => (bytes += update.length)
    this.#doc.on('update', listener)
    for (const edit of edits) this.#doc.transact(() => this.#apply([edit]))
    this.#doc.off('update', listener)
    return bytes
  }

  increment(times) {
    this.#doc.transact(() => {
      const totals = this.#doc.getMap('totals')
      for (let i = 0; i < times; i++) totals.set(this.#name, ++this.#total)
    })
  }

  total() {
    return [...this.#doc.getMap('totals').values()].reduce((sum, each) => sum + each, 0)
  }

  get(key) {
    return this.#map.get(key)
  }

  size() {
    return this.#map.size
  }

  save() {
    return Y.encodeStateAsUpdate(this.#doc)
  }

  async changesOf(batches) {
    const before = Y.encodeStateVector(this.#doc)
    for (const edits of batches) this.edit(edits)
    return [Y.encodeStateAsUpdate(this.#doc, before)]
  }

  async updatesOf(edits) {
    const updates = []
    const listener = (update) => updates.push(update)
    this.#doc.on('update', listener)
    for (const edit of edits) this.#doc.transact(() => this.#apply([edit]))
    this.#doc.off('update', listener)
    return updates
  }

  take(changes) {
    for (const update of changes) Y.applyUpdate(this.#doc, update)
  }

  #apply(edits) {
    for (const { key, value } of edits) {
      if (value === undefined) this.#map.delete(key)
      else this.#map.set(key, value)
    }
  }
}

export const contestant = {
  create: (_kind, number) => new YjsReplica(number),
  load: (_kind, number, bytes) => new YjsReplica(number, bytes),
}
