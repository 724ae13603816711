/** What was found in each world, in sentences that take their figures from the results. */

import type { Measures, PhaseMeasures } from '../measure.ts'
import type { LabWorld } from '../results.ts'
import { formatBytes, formatDuration, formatShare } from './format.ts'
import { bytesByPurpose, totalTraffic } from './traffic.ts'

export function findingsOf(world: LabWorld): string[] {
  switch (world.name) {
    case 'family':
      return familyFindings(world)
    case 'club':
      return clubFindings(world)
    case 'large':
      return largeFindings(world)
    case 'hostile':
      return hostileFindings(world)
  }
}

/** One sentence for each world, for the beginning of the report. */
export function summarySentence(world: LabWorld): string {
  const { title } = world.facts
  if (world.name === 'hostile') {
    const [, hamlet, , quorum] = world.plays.map(({ measures }) => measures)
    return (
      `${title}: keeping back what others write delays it and loses nothing on Hamlet (${formatDuration(hamlet!.visibleMs.p99)} ` +
      `for the slowest hundredth). The same admin makes the quorum break its promise: ${missed(quorum!)} of ` +
      `${quorum!.reads.quorum!.availability.count} majority reads lacked a write that had been acknowledged.`
    )
  }
  const [hamlet, quorum] = world.plays.map(({ measures }) => measures)
  return (
    `${title}: Hamlet acknowledged ${within10s(hamlet!)} of the writes within ten seconds, the quorum ` +
    `${within10s(quorum!)}; majority reads were answered in time in ${formatShare(quorum!.reads.quorum!.availability.within10s)} ` +
    `of the cases. In the median another member could read a message after ${formatDuration(hamlet!.visibleMs.p50)} on ` +
    `Hamlet and ${formatDuration(quorum!.visibleMs.p50)} on the baseline. Lost: ${hamlet!.lost} and ${quorum!.lost}.`
  )
}

function familyFindings({ plays }: LabWorld): string[] {
  const [hamlet, quorum] = plays.map(({ measures }) => measures)
  const home = phase(quorum!, 'at home')
  const hut = phase(quorum!, 'at the hut')
  return [
    `While they were split, the quorum acknowledged ${formatShare(home.writes.within10s)} of the writes of the three at ` +
      `home and ${formatShare(hut.writes.within10s)} of the two at the hut, although the two stood next to each other. ` +
      `On Hamlet everybody wrote on, and ${formatDuration(convergence(hamlet!))} after the way was free all five had ` +
      'everything.',
    `With one of five devices away both work: ${formatShare(phase(quorum!, 'away').writes.within10s)} of the writes were ` +
      'acknowledged by a majority within ten seconds.',
    `What Hamlet pays: ${staleShare(hamlet!)} of the reads lacked something, for up to ` +
      `${formatDuration(hamlet!.reads.local!.staleMs.max)}. So did ${staleShare(quorum!, 'local')} of the local reads of the ` +
      'baseline: the partition costs that, not the choice. A majority read is right or does not come.',
    `An acknowledgement takes ${formatDuration(hamlet!.acknowledgedMs.p50)} here (the own disk) and ` +
      `${formatDuration(quorum!.acknowledgedMs.p50)} there (two disks and a round trip).`,
    trafficFinding(hamlet!, quorum!),
  ]
}

function clubFindings({ plays, facts }: LabWorld): string[] {
  const [hamlet, quorum] = plays.map(({ measures }) => measures)
  const awake = facts.phases.map(({ label }, i) => `${label} ${facts.awake[i]!.median}`)
  const majority = Math.floor(facts.members / 2) + 1
  const most = Math.max(...facts.awake.slice(0, -1).map(({ max }) => max))
  return [
    `A majority is ${majority} of ${facts.members}. Awake at once, in the median: ${awake.join(', ')}; never more than ` +
      `${most} before the meeting. So the quorum acknowledged ${within10s(quorum!)} of the writes within ten seconds, and ` +
      `half of them only after ${formatDuration(quorum!.acknowledgedMs.p50)}, when enough phones had met one after the other.`,
    `Both spread messages equally well, since anybody carries everything to anybody: half of all pairs of message and ` +
      `reader within ${formatDuration(hamlet!.visibleMs.p50)} on Hamlet and ${formatDuration(quorum!.visibleMs.p50)} on the ` +
      `baseline. A majority had a message after ${formatDuration(hamlet!.halfMs.p50)} in the median, everybody after ` +
      `${formatDuration(hamlet!.everybodyMs.p50)}.`,
    `When the club met, Hamlet agreed within ${formatDuration(convergence(hamlet!))}, the baseline within ` +
      `${formatDuration(convergence(quorum!))}.`,
    `${staleShare(hamlet!)} of the reads on Hamlet lacked something. A majority read was answered within a minute in ` +
      `${formatShare(quorum!.reads.quorum!.availability.within1min)} of the cases, so people would read locally there too.`,
    trafficFinding(hamlet!, quorum!),
  ]
}

function largeFindings({ plays, facts }: LabWorld): string[] {
  const [hamlet, all, part] = plays.map(({ measures }) => measures)
  const perMember = (hamlet!.storedBytes.before / facts.members).toFixed(0)
  return [
    `Founding and admitting ${facts.members} members takes ${formatBytes(hamlet!.storedBytes.before)} on every disk, ` +
      `${perMember} bytes a member, before the first message.`,
    `A majority of all members is never there: the quorum acknowledged ${formatShare(all!.writes.withinPlay)} of the ` +
      `writes. Counting only the ${facts.devices} who take part (which somebody would have to decide) it acknowledged ` +
      `${within10s(part!)} within ten seconds and ${formatShare(part!.writes.withinPlay)} in the whole play.`,
    `Hamlet does not ask how many members there are: ${within10s(hamlet!)} within ten seconds, and ` +
      `${formatDuration(convergence(hamlet!))} until all who take part agreed once they were awake.`,
    trafficFinding(hamlet!, part!),
  ]
}

function hostileFindings({ plays }: LabWorld): string[] {
  const [honest, hostile, quorumHonest, quorumHostile] = plays.map(({ measures }) => measures)
  const between = plays.map(({ measures }) => phase(measures, 'in between'))
  const disk = hostile!.storedBytes.after - hostile!.storedBytes.before
  return [
    `Only the admin in between: with an honest admin the others could read a message after ` +
      `${formatDuration(between[0]!.visibleMs.p99)} at the latest (p99), with a hostile one only after ` +
      `${formatDuration(between[1]!.visibleMs.p99)}, when they met. Nothing was lost and nothing was forged; agreement came ` +
      `${formatDuration(convergence(hostile!))} after they could meet (with the honest admin ` +
      `${formatDuration(convergence(honest!))}). Nobody can force a single bridge to carry, so a second way is worth more ` +
      'than any protocol.',
    `With the honest admin no majority read may lack an acknowledged write, and ${missed(quorumHonest!)} did. The hostile one confirms to both ` +
      `sides and tells neither of the other. Majority reads that lacked acknowledged writes, while looking right: ` +
      `${missed(quorumHostile!)} of ${quorumHostile!.reads.quorum!.availability.count}. A majority protects against absence, not against lies.`,
    `The flood cost everybody ${formatBytes(disk)} on disk and stopped nobody: during it ` +
      `${formatShare(phase(hostile!, 'flood').writes.within10s)} of the honest writes were acknowledged within ten seconds, ` +
      `and the others could read them after ${formatDuration(phase(hostile!, 'flood').visibleMs.p99)} (p99).`,
    'What ends it is removal. An admin can remove writers and readers, at once and for everybody who hears of it, and can ' +
      'neither remove the owner nor another admin. What the removed wrote without knowing is set aside, not deleted; the ' +
      'owner removes the admin, sets the cut anew, and everything comes back. The table has the course of such a day.',
    'Handing a space over counts at once on the device that does it, and elsewhere when it is heard of: nobody waits, and ' +
      'what was written meanwhile counts. A lost owner is replaced by more than two thirds of at least three admins; with ' +
      'two of them no number is enough, and the group founds the space anew. Who comes back later as the owner they were ' +
      'is an admin, and what they decided meanwhile is void; what they wrote stands.',
  ]
}

function trafficFinding(hamlet: Measures, quorum: Measures): string {
  const byPurpose = bytesByPurpose(hamlet)
  const total = totalTraffic(hamlet).bytes
  const part = (purpose: 'entries' | 'who holds what' | 'comparing'): string =>
    formatShare((byPurpose.get(purpose) ?? 0) / total)
  return (
    `All devices together sent ${perWrite(hamlet, total)} for each write on Hamlet and ` +
    `${perWrite(quorum, totalTraffic(quorum).bytes)} on the baseline. Of Hamlet’s bytes ${part('entries')} are entries ` +
    `(signed, encrypted, with proofs), ${part('who holds what')} are signed statements of who holds what, ` +
    `${part('comparing')} come from comparing what both have, every ten seconds on every connection.`
  )
}

function within10s({ writes }: Measures): string {
  return formatShare(writes.within10s)
}

function staleShare({ reads }: Measures, mode: 'local' | 'quorum' = 'local'): string {
  return formatShare(1 - reads[mode]!.fresh)
}

function missed({ reads }: Measures): number {
  return reads.quorum!.missedAcknowledged
}

function convergence(measures: Measures): number | null {
  return measures.convergence[0]!.ms
}

function phase({ phases }: Measures, words: string): PhaseMeasures {
  const found = phases.find(({ label }) => label.includes(words))
  if (found === undefined) throw new Error(`no phase is called "${words}"`)
  return found
}

function perWrite({ allWrites }: Measures, bytes: number): string {
  return formatBytes(bytes / allWrites)
}
