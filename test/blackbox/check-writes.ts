/**
 * What was acknowledged is there, with its last acknowledged state, or is listed as set aside; what was refused is not;
 * of what nobody knows there is all or nothing, and once; and there is nothing that nobody wrote. What was adopted is there
 * once more, under the name of who adopted it, at most as often as they asked.
 */

import { short } from './check-context.ts'
import type { CheckContext } from './check-context.ts'
import type { EditOperation, FinalMessage, SendOperation } from './history.ts'

export function checkWrites(context: CheckContext): void {
  checkSends(context)
  for (const message of context.messages) {
    checkOrigin(context, message)
    if (message.deleted) checkDeleted(context, message)
    else checkVersions(context, message)
  }
  checkDeletes(context)
  checkReactions(context)
  checkAdoptions(context)
}

function checkSends(context: CheckContext): void {
  const counts = new Map<string, number>()
  const sent = context.messages.filter(({ id }) => !context.copies.has(id))
  for (const text of sent.flatMap(({ versions }) => versions)) {
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  for (const [text, count] of counts) {
    if (count > 1) context.report('double write', `${count} times: ${short(text)}`)
  }
  for (const send of context.sendsByText.values()) {
    if (send.outcome === 'ok') checkAcknowledged(context, send)
    else if (send.outcome === 'fail' && counts.has(send.text)) {
      context.report('refused write done', `${send.host} ${send.code}: ${short(send.text)}`)
    }
  }
}

function checkAcknowledged(context: CheckContext, send: SendOperation): void {
  const { host, shown, text, replyTo, room } = send
  const message = context.messagesById.get(shown!.id)
  const told = `${short(text)} of ${host}`
  const isAside = context.asideById.has(shown!.id) || context.unreached.has(host)
  if (message === undefined) {
    if (!isAside) context.report('lost write', told)
  } else if (context.asideById.has(shown!.id)) {
    context.report('diverged', `${told} is both shown and set aside`)
  } else if (message.room !== room || (!message.deleted && message.versions[0] !== text)) {
    context.report('altered write', `${told}: ${JSON.stringify(message)}`)
  } else if (!message.deleted && message.replyTo !== replyTo) {
    context.report('altered write', `${told} answers ${message.replyTo}, not ${replyTo}`)
  }
}

/** Somebody sent it, and it is under their name. */
function checkOrigin(context: CheckContext, message: FinalMessage): void {
  if (context.copies.has(message.id)) return
  const send = context.sendsById.get(message.id)
  const told = `${short(message.id)} ${short(message.text)}`
  if (send === undefined) context.report('phantom', `nobody sent ${told}`)
  else if (message.author !== context.personOf.get(send.host)) {
    context.report('altered write', `${told} of ${send.host} is under ${short(message.author)}`)
  }
}

function checkDeleted(context: CheckContext, message: FinalMessage): void {
  const { id, text, versions, reactions } = message
  if (text !== '' || versions.length > 0 || reactions.length > 0) {
    context.report('wrong state', `deleted ${short(id)} still has ${JSON.stringify(message)}`)
  }
  const asked = context.deletesByMessage.get(id) ?? []
  if (!asked.some(({ outcome }) => outcome !== 'fail')) {
    context.report('phantom', `nobody deleted ${short(id)}`)
  }
}

/** The texts a message has had: its own, then edits of its author in their order. */
function checkVersions(context: CheckContext, message: FinalMessage): void {
  const { id, text, versions } = message
  if (text !== versions.at(-1)) {
    context.report('wrong state', `${short(id)} shows ${short(text)}, not its last version`)
  }
  const edits = context.editsByMessage.get(id) ?? []
  const byText = new Map(edits.map((edit) => [edit.text, edit]))
  const applied: EditOperation[] = []
  for (const version of versions.slice(1)) {
    const edit = byText.get(version)
    if (edit === undefined) context.report('phantom', `nobody edited to ${short(version)}`)
    else if (edit.outcome === 'fail') {
      context.report('refused write done', `${edit.host} ${edit.code}: ${short(version)}`)
    } else applied.push(edit)
  }
  for (const edit of edits) {
    if (edit.outcome !== 'ok') continue
    if (!applied.includes(edit) && !context.excuse(edit)) {
      context.report('lost write', `edit to ${short(edit.text)}`)
    }
    if (context.personOf.get(edit.host) !== message.author) {
      context.report('wrong state', `${edit.host} may edit ${short(id)} of another`)
    }
  }
  applied.forEach((edit, index) => {
    const earlier = applied.slice(index + 1).find((later) => context.precedes(later, edit))
    if (earlier === undefined) return
    context.report('wrong state', `${short(edit.text)} stands before ${short(earlier.text)}`)
  })
}

function checkDeletes(context: CheckContext): void {
  for (const [id, deletes] of context.deletesByMessage) {
    const message = context.messagesById.get(id)
    if (message === undefined && context.asideById.has(id)) continue
    for (const deletion of deletes) {
      const { host, outcome, endMs } = deletion
      if (outcome !== 'ok') continue
      const person = context.personOf.get(host)!
      if (message?.deleted !== true) {
        const isExcused = context.excuse(deletion) || isLowered(context, host, id)
        if (!isExcused) context.report('lost write', `deletion of ${short(id)}`)
      } else if (person !== message.author && !context.mayHaveBeen(person, 'admin', endMs)) {
        context.report('wrong state', `${host} may delete ${short(id)} of another`)
      }
    }
  }
}

/** Who was an admin as far as they knew, and was not any more, deletes what others wrote without effect. */
function isLowered(context: CheckContext, host: string, id: string): boolean {
  if (context.messagesById.get(id)?.author === context.personOf.get(host)) return false
  return context.cutsAgainst(host).some(({ act }) => act === 'role' || act === 'hand over')
}

function checkReactions(context: CheckContext): void {
  const shown = new Set<string>()
  for (const { id, reactions } of context.messages) {
    for (const { emoji, people } of reactions) {
      for (const person of people) shown.add(`${id} ${emoji} ${person}`)
    }
  }
  for (const key of shown) {
    if (!context.reactsByKey.has(key)) context.report('phantom', `nobody reacted ${key}`)
  }
  for (const [key, reacts] of context.reactsByKey) {
    const message = context.messagesById.get(reacts[0]!.message)
    if (message === undefined || message.deleted) continue
    const allowed = context.possibleReactions(reacts, Infinity, Infinity)
    if (allowed.has(shown.has(key)) || context.excuse(reacts.at(-1)!)) continue
    context.report('wrong state', `reaction ${key} is ${shown.has(key) ? 'on' : 'off'}`)
  }
}

/** Who was told that it is written again finds it, at least as somebody else's; nobody does it twice. */
function checkAdoptions(context: CheckContext): void {
  const asked = new Map<string, number>()
  const found = new Map<string, number>()
  const authors = new Map<string, string>()
  for (const { id, author } of context.messages) authors.set(id, author)
  for (const { id, person } of context.asideById.values()) authors.set(id, person)
  for (const [id, { original }] of context.copies) {
    const author = authors.get(id)
    if (author === undefined) continue
    for (const key of [original, `${author} ${original}`]) found.set(key, (found.get(key) ?? 0) + 1)
  }
  for (const { host, outcome, entries } of context.adoptions) {
    const person = context.personOf.get(host)!
    for (const { id, text } of entries) {
      asked.set(`${person} ${id}`, (asked.get(`${person} ${id}`) ?? 0) + 1)
      if (context.sendsById.get(id)?.text !== text) {
        context.report(
          'phantom',
          `${host} adopts ${short(text)}, which nobody sent as ${short(id)}`,
        )
      }
      if (outcome === 'ok' && !found.has(id) && !context.unreached.has(host)) {
        context.report('lost write', `${short(text)}, adopted by ${host}`)
      }
    }
  }
  for (const [key, count] of asked) {
    const copies = found.get(key) ?? 0
    if (copies > count) context.report('double write', `${copies} times adopted: ${short(key)}`)
  }
}
