/** One member: name, role, presence, and the devices that keep the space for them. */

import { Laptop } from 'lucide-react'
import type { Member } from '@hamlet/http/api'
import { useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { Presence } from '../shell/around.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { useRelative } from '../ui/time.tsx'
import styles from './people.module.css'

export function MemberRow({ member }: { readonly member: Member }) {
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
        </p>
        <ul className={styles.deviceList}>
          {member.devices.map((device) => (
            <li key={device.id} title={device.id}>
              <Laptop />
              {device.own ? texts.people.thisDevice : device.name}
            </li>
          ))}
        </ul>
      </div>
      <span className={styles.role}>{texts.roles[member.role]}</span>
    </li>
  )
}
