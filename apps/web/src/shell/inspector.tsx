/** Per device of a space: what it has, what is missing, and why. Figures and keys for those who look. */

import type { DeviceProgress, PeerInfo, SpaceInspection } from '@hamlet/http/api'
import { useEffect } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { latestWords, movingWords } from '../format/status-words.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useRelative } from '../ui/time.tsx'
import styles from './inspector.module.css'

export function Inspector({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const { inspector } = useTexts()
  const inspection = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).inspection)
  useEffect(() => store.openInspector(space), [store, space])
  return (
    <Dialog
      shape="drawer"
      title={inspector.title}
      lead={inspector.lead}
      onClose={() => show({ kind: 'none' })}
    >
      {inspection !== undefined && <Content space={space} inspection={inspection} />}
    </Dialog>
  )
}

interface ContentProps {
  readonly space: string
  readonly inspection: SpaceInspection
}

function Content({ space, inspection }: ContentProps) {
  const texts = useTexts()
  return (
    <>
      <p className={styles.summary}>
        {latestWords(inspection, texts)}. {movingWords(inspection, texts)}.
      </p>
      <Forks inspection={inspection} />
      <Newer inspection={inspection} />
      <ul className={styles.devices}>
        {inspection.devices.map((device) => (
          <Device key={device.device} space={space} device={device} total={inspection.entries} />
        ))}
      </ul>
      <Connections />
      <Technical inspection={inspection} />
    </>
  )
}

interface DeviceProps {
  readonly space: string
  readonly device: DeviceProgress
  readonly total: number
}

function Device({ space, device, total }: DeviceProps) {
  const texts = useTexts()
  const relative = useRelative()
  const owner = useSelect((state) =>
    (state.spaceStates[space] ?? EMPTY_SPACE).members?.find((m) => m.person === device.person),
  )
  const name = owner?.name ?? device.name
  const missing = device.entriesKnown - device.entriesHere
  const seen =
    device.lastSeenMs === undefined
      ? texts.inspector.away
      : texts.people.seen(relative(device.lastSeenMs))
  const all = device.entriesHeld >= total
  return (
    <li className={styles.device}>
      <Avatar id={device.person} name={name} online={device.online || device.own} />
      <div>
        <p className={styles.deviceName}>
          <strong>{name}</strong>{' '}
          {device.own ? texts.inspector.this : device.name === name ? '' : device.name}
        </p>
        {!device.own && (
          <p className={styles.note}>{device.online ? texts.inspector.here : seen}</p>
        )}
        <Bar held={device.entriesHeld} total={total} />
        <p className={styles.note}>
          {all ? texts.inspector.holdsAll : texts.inspector.holds(device.entriesHeld, total)}
          {missing > 0 && <> · {texts.inspector.missingHere(missing)}</>}
        </p>
        {device.note !== '' && <p className={styles.why}>{device.note}</p>}
      </div>
    </li>
  )
}

/** The share of the space a device holds. */
function Bar({ held, total }: { readonly held: number; readonly total: number }) {
  const share = total === 0 ? 100 : Math.min(100, (held / total) * 100)
  return (
    <svg className={styles.bar} viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="1" />
      <rect width={share} height="1" data-held="" />
    </svg>
  )
}

function Forks({ inspection }: { readonly inspection: SpaceInspection }) {
  const { inspector } = useTexts()
  if (inspection.forks.length === 0 && inspection.rejected.length === 0) return null
  return (
    <section className={styles.alarm}>
      {inspection.forks.length > 0 && <h3>{inspector.forksTitle}</h3>}
      {inspection.forks.map((fork) => (
        <p key={fork.device}>{inspector.fork(fork.device.slice(0, 8))}</p>
      ))}
      {inspection.rejected.length > 0 && <h3>{inspector.rejectedTitle}</h3>}
      {inspection.rejected.map((entry) => (
        <p key={`${entry.device} ${entry.seq}`}>
          {entry.device.slice(0, 8)} · {entry.seq}: {entry.reason}
        </p>
      ))}
    </section>
  )
}

/** What a newer version has written: it is here and cannot be shown. */
function Newer({ inspection: { newer } }: { readonly inspection: SpaceInspection }) {
  const { inspector } = useTexts()
  const relative = useRelative()
  if (newer.count === 0) return null
  return (
    <section>
      <h3>{inspector.newerTitle}</h3>
      <p className={styles.note}>{inspector.newer(newer.count)}</p>
      <ul>
        {newer.latest.map(({ id, type, authorName, atMs }) => (
          <li key={id} className={styles.note}>
            {authorName}: {type}, {relative(atMs)}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Connections() {
  const { inspector } = useTexts()
  const peers = useSelect((state) => state.peers)
  return (
    <section className={styles.block}>
      <h3>{inspector.peers}</h3>
      {peers.length === 0 && <p className={styles.note}>{inspector.noPeers}</p>}
      <ul>
        {peers.map((peer) => (
          <Connection key={peer.device} peer={peer} />
        ))}
      </ul>
    </section>
  )
}

function Connection({ peer }: { readonly peer: PeerInfo }) {
  const { inspector } = useTexts()
  const facts = [
    peer.route === 'relay' ? inspector.relay : inspector.direct,
    peer.encryption,
    ...(peer.roundTripMs === undefined ? [] : [inspector.roundTrip(Math.round(peer.roundTripMs))]),
    ...(peer.doubt === undefined ? [] : [peer.doubt]),
  ]
  return (
    <li className={styles.connection}>
      <strong>{peer.name ?? inspector.unknownPeer}</strong>
      <span className={styles.note}>{facts.join(' · ')}</span>
    </li>
  )
}

function Technical({ inspection }: { readonly inspection: SpaceInspection }) {
  const { inspector, common } = useTexts()
  return (
    <details className={styles.technical}>
      <summary>{common.details}</summary>
      <dl>
        <dt>{inspector.entries}</dt>
        <dd>{inspection.entries}</dd>
        <dt>{inspector.waiting}</dt>
        <dd>{inspection.pending}</dd>
        <dt>{inspector.quarantined}</dt>
        <dd>{inspection.quarantined}</dd>
        <dt>{inspector.epoch}</dt>
        <dd>{inspection.epoch}</dd>
        <dt>{inspector.frontier}</dt>
        <dd>{inspection.frontier}</dd>
      </dl>
    </details>
  )
}
