/**
 * What this device thinks of a peer: a number that grows with evidence against it and fades with time.
 *
 * The idea: a peer is never judged by one look at it. Evidence is of two kinds. *Proof of ill will* is what no honest
 * software sends: bytes that are no message, a signature that is wrong. It ends the connection at once, whoever sent
 * it. *Signs of trouble* are what a bad line, a slow disk or an old version also cause: requests that are not
 * answered, more work than a share. They add up, and what they may lead to depends on who it is: a stranger is asked
 * last, then disconnected, then refused; a member is asked last, and never more than that, because a friend with a bad
 * line is still a friend. What this device itself fails at, a full disk for one, is no evidence at all.
 *
 * Pure functions of a state, an event and the time; {@link PeerScores} keeps the states. How long a refused peer stays
 * out, and longer each time, is the network's business (`docs/limits.md`, "Peers that misbehave").
 *
 * Invariants:
 * 1. `0 ≤ points ≤ POINTS_MAX`, whatever happens.
 * 2. More evidence, or the same evidence on top of more points, never gives fewer points.
 * 3. Without further evidence points fade to exactly 0.
 * 4. Signs of trouble never bring a member past `MEMBER_TROUBLE_POINTS_MAX`, which is below `DISCONNECT_POINTS`.
 */

import type { Clock } from '@hamlet/core'

export const POINTS_MAX = 100
/** From here on others are asked first. */
export const ASKED_LAST_POINTS = 20
/** From here on the connection is ended; the peer may come back. */
export const DISCONNECT_POINTS = 60
/** From here on the peer is refused for a while. */
export const BAN_POINTS = POINTS_MAX
/** What signs of trouble can bring a member to. */
export const MEMBER_TROUBLE_POINTS_MAX = 40
/** Points are halved in this time. */
export const POINTS_HALF_LIFE_MS = 600_000
/** Peers that something is known against; the least suspect go first. */
export const SCORED_PEERS_MAX = 1_000

export type Evidence =
  /** Bytes that are no message of the protocol. */
  | 'garbage'
  /** A signature, a proof or a block that is not what it says. */
  | 'forgery'
  /** More work, or more bytes, than a peer's share. */
  | 'overload'
  /** A request that was not answered in time. */
  | 'silence'
  /** What was sent does not fit what is here; another version may see it differently. */
  | 'misfit'
  /** Join requests beyond what may be asked. */
  | 'pestering'

/** Points of one piece of evidence. Those of proofs end the connection by themselves. */
export const EVIDENCE_POINTS: Readonly<Record<Evidence, number>> = {
  garbage: POINTS_MAX,
  forgery: POINTS_MAX,
  overload: 30,
  silence: 5,
  misfit: 10,
  pestering: 5,
}

export type Standing = 'member' | 'stranger'
export type PeerVerdict = 'trusted' | 'asked-last' | 'disconnect' | 'ban'

export interface PeerScore {
  /** At `atMs`, on the clock that never goes back. */
  readonly points: number
  readonly atMs: number
  /** What the latest evidence was. */
  readonly latest: Evidence | undefined
}

export const NEUTRAL_SCORE: PeerScore = { points: 0, atMs: 0, latest: undefined }

export function pointsAt({ points, atMs }: PeerScore, nowMs: number): number {
  const left = points * 2 ** (-Math.max(0, nowMs - atMs) / POINTS_HALF_LIFE_MS)
  return left < 1 ? 0 : left
}

export function withEvidence(
  score: PeerScore,
  evidence: Evidence,
  standing: Standing,
  nowMs: number,
): PeerScore {
  const before = pointsAt(score, nowMs)
  const added = EVIDENCE_POINTS[evidence]
  const isProof = added >= BAN_POINTS
  const most = isProof || standing === 'stranger' ? POINTS_MAX : MEMBER_TROUBLE_POINTS_MAX
  const points = Math.max(before, Math.min(before + added, most))
  return { points, atMs: nowMs, latest: evidence }
}

export function verdictOf(points: number): PeerVerdict {
  if (points >= BAN_POINTS) return 'ban'
  if (points >= DISCONNECT_POINTS) return 'disconnect'
  return points >= ASKED_LAST_POINTS ? 'asked-last' : 'trusted'
}

export class PeerScores {
  readonly #clock: Clock
  readonly #scores = new Map<string, PeerScore>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts the evidence, and says what is to be done about the peer. */
  note(peer: string, evidence: Evidence, standing: Standing): PeerVerdict {
    const nowMs = this.#clock.monotonic()
    const score = withEvidence(this.of(peer), evidence, standing, nowMs)
    this.#scores.set(peer, score)
    if (this.#scores.size > SCORED_PEERS_MAX) this.#forgetLeast(nowMs)
    return verdictOf(score.points)
  }

  of(peer: string): PeerScore {
    return this.#scores.get(peer) ?? NEUTRAL_SCORE
  }

  points(peer: string): number {
    return pointsAt(this.of(peer), this.#clock.monotonic())
  }

  isAskedLast(peer: string): boolean {
    return this.points(peer) >= ASKED_LAST_POINTS
  }

  /** By hand: as if nothing had happened. */
  forgive(peer: string): void {
    this.#scores.delete(peer)
  }

  #forgetLeast(nowMs: number): void {
    const byPoints = [...this.#scores].map(
      ([peer, score]) => [peer, pointsAt(score, nowMs)] as const,
    )
    const [least] = byPoints.reduce((a, b) => (b[1] < a[1] ? b : a))
    this.#scores.delete(least)
  }
}
