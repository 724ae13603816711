/** One member: name, role, presence, the devices that keep the space for them, and what can be done. */

import { Laptop } from 'lucide-react'
import type { DeviceInfo, Member, Role } from '@hamlet/http/api'
import { useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { Presence } from '../shell/around.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { useRelative } from '../ui/time.tsx'
import { MemberMenu } from './member-menu.tsx'
import styles from './people.module.css'

interface MemberRowProps {
  readonly space: string
  readonly member: Member
  /** The role of whoever looks; `undefined`: none any more. */
  readonly viewer: Role | undefined
}

export function MemberRow({ space, member, viewer }: MemberRowProps) {
  const texts = useTexts()
  const relative = useRelative()
  return (
    <li className={styles.member}>
      <Avatar id={member.person} name={member.name} online={member.online && !member.self} />
      <div className={styles.grow}>
        <p>
          <strong>{nameOr(member.name, texts)}</strong>
          {member.self && <span className={styles.note}> {texts.common.you}</span>}
        </p>
        <p className={styles.note}>
          {member.self ? (
            texts.people.joined(relative(member.joinedAtMs))
          ) : (
            <Presence member={member} />
          )}
          {member.incarnation > 0 && ` · ${texts.members.cameBack}`}
        </p>
        <ul className={styles.deviceList}>
          {member.devices.map((device) => (
            <DeviceItem key={device.id} device={device} alone={member.devices.length === 1} />
          ))}
        </ul>
      </div>
      <span className={styles.role}>{texts.roles[member.role]}</span>
      <MemberMenu space={space} member={member} viewer={viewer} />
    </li>
  )
}

interface DeviceItemProps {
  readonly device: DeviceInfo
  /** When it is the only one, what is said of the person says it all. */
  readonly alone: boolean
}

function DeviceItem({ device, alone }: DeviceItemProps) {
  const { people, members } = useTexts()
  const relative = useRelative()
  const seen = device.online
    ? people.online
    : device.lastSeenMs === undefined
      ? people.neverSeen
      : members.deviceSeen(relative(device.lastSeenMs))
  return (
    <li title={device.id}>
      <Laptop />
      {device.own ? people.thisDevice : device.name}
      {!device.own && !alone && ` · ${seen}`}
    </li>
  )
}
