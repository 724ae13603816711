/** Automerge, behind the interface of bench/crdt: a map is a map, a set one of true, a counter a Counter. */

import * as Automerge from '@automerge/automerge'

class AutomergeReplica {
  #doc

  constructor(number, bytes) {
    const actor = number.toString(16).padStart(32, '0')
    this.#doc = bytes ? Automerge.load(bytes, { actor }) : Automerge.init({ actor })
    if (!this.#doc.map) {
      // The map and the counter must be one thing on all replicas, so the first change is the same everywhere.
      const first = Automerge.init({ actor: 'ff'.repeat(16) })
      const made = Automerge.change(first, { time: 0 }, (doc) => {
        doc.map = {}
        doc.total = new Automerge.Counter(0)
      })
      this.#doc = Automerge.merge(this.#doc, made)
    }
  }

  edit(edits) {
    this.#doc = Automerge.change(this.#doc, ({ map }) => {
      for (const { key, value } of edits) {
        if (value === undefined) delete map[key]
        else map[key] = value
      }
    })
  }

  editEach(edits) {
    let bytes = 0
    for (const edit of edits) {
      this.edit([edit])
      bytes += Automerge.getLastLocalChange(this.#doc).length
    }
    return bytes
  }

  increment(times) {
    this.#doc = Automerge.change(this.#doc, (doc) => {
      for (let i = 0; i < times; i++) doc.total.increment(1)
    })
  }

  total() {
    return this.#doc.total.value
  }

  get(key) {
    return this.#doc.map[key]
  }

  size() {
    return Object.keys(this.#doc.map).length
  }

  save() {
    return Automerge.save(this.#doc)
  }

  async changesOf(batches) {
    const before = Automerge.getHeads(this.#doc)
    for (const edits of batches) this.edit(edits)
    return [Automerge.saveSince(this.#doc, before)]
  }

  take(changes) {
    for (const update of changes) this.#doc = Automerge.loadIncremental(this.#doc, update)
  }
}

export const contestant = {
  create: (_kind, number) => new AutomergeReplica(number),
  load: (_kind, number, bytes) => new AutomergeReplica(number, bytes),
}
