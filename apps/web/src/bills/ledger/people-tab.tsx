/** People without the app: who they are, what they are called, and couples that count as one. */

import { Ellipsis } from 'lucide-react'
import type { LedgerCouple, LedgerParty } from '@hamlet/http/api'
import { useState } from 'react'
import { useTexts } from '../../app-context.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { IconButton } from '../../ui/button.tsx'
import { SelectField } from '../../ui/field.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import { useMayBill } from '../may-bill.ts'
import { choosable } from '../party-names.ts'
import { useBills, useLedgerWords } from '../use-bills.ts'
import { AddForm } from './add-form.tsx'
import styles from './ledger.module.css'
import { RenameForm } from './rename-form.tsx'
import { RetirableRow } from './retirable-row.tsx'
import { useChange } from './use-change.ts'

export function PeopleTab({ space }: { readonly space: string }) {
  const { ledger: texts } = useTexts()
  const { parties } = useBills(space)
  const mayBill = useMayBill(space)
  const change = useChange(space)
  const placeholders = (parties ?? []).filter(({ isPlaceholder }) => isPlaceholder)
  return (
    <>
      {placeholders.length > 0 && (
        <ul className={styles.list}>
          {placeholders.map((party) => (
            <Placeholder key={party.id} space={space} party={party} />
          ))}
        </ul>
      )}
      {mayBill && (
        <AddForm
          label={texts.personName}
          hint={texts.personHint}
          action={texts.addPerson}
          onAdd={(name) => change((api) => api.addParty(space, name))}
        />
      )}
      <Couples space={space} />
    </>
  )
}

interface PlaceholderProps {
  readonly space: string
  readonly party: LedgerParty
}

function Placeholder({ space, party }: PlaceholderProps) {
  const { ledger: texts } = useTexts()
  const { names } = useLedgerWords(space)
  const [doing, setDoing] = useState<'none' | 'rename' | 'link'>('none')
  const isLinked = party.is !== party.id
  const note = isLinked ? texts.isNow(party.name, names.nameOf(party.id)) : texts.withoutApp
  return (
    <li className={styles.row} data-retired={party.retired || isLinked}>
      <div className={styles.rowHead}>
        <Avatar id={party.id} name={party.name} size="small" />
        <span className={styles.grow}>
          <strong>{party.name}</strong>{' '}
          <span className={styles.note}>{party.retired ? texts.retired : note}</span>
        </span>
        <PlaceholderMenu space={space} party={party} onDo={setDoing} />
      </div>
      {party.contested && <p className={styles.warning}>{texts.contested}</p>}
      {doing === 'rename' && (
        <Rename space={space} party={party} onClose={() => setDoing('none')} />
      )}
      {(doing === 'link' || party.contested) && (
        <Link space={space} party={party} onClose={() => setDoing('none')} />
      )}
    </li>
  )
}

interface PlaceholderMenuProps extends PlaceholderProps {
  readonly onDo: (what: 'rename' | 'link') => void
}

function PlaceholderMenu({ space, party, onDo }: PlaceholderMenuProps) {
  const texts = useTexts()
  const mayBill = useMayBill(space)
  const change = useChange(space)
  if (!mayBill) return null
  return (
    <Menu
      trigger={
        <IconButton label={texts.members.actions(party.name)}>
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem onSelect={() => onDo('rename')}>{texts.ledger.rename}</MenuItem>
      <MenuItem onSelect={() => onDo('link')}>{texts.ledger.isSame}</MenuItem>
      <MenuItem
        onSelect={() =>
          void change((api) => api.changeParty(space, party.id, { retired: !party.retired }))
        }
      >
        {party.retired ? texts.ledger.bringBack : texts.ledger.retire}
      </MenuItem>
    </Menu>
  )
}

interface EditProps extends PlaceholderProps {
  readonly onClose: () => void
}

function Rename({ space, party, onClose }: EditProps) {
  const change = useChange(space)
  return (
    <RenameForm
      name={party.name}
      onName={(name) => change((api) => api.changeParty(space, party.id, { name }))}
      onClose={onClose}
    />
  )
}

function Link({ space, party, onClose }: EditProps) {
  const { ledger: texts } = useTexts()
  const { names } = useLedgerWords(space)
  const { parties } = useBills(space)
  const change = useChange(space)
  const others = choosable(parties ?? []).filter(({ id }) => id !== party.id)
  const choose = async (id: string) => {
    const is = id === '' ? null : id
    if (await change((api) => api.changeParty(space, party.id, { is }))) onClose()
  }
  return (
    <div className={styles.block}>
      <SelectField
        label={texts.isSame}
        value={party.is === party.id ? '' : party.is}
        options={[
          { value: '', label: texts.nobody },
          ...others.map(({ id }) => ({ value: id, label: names.nameOf(id) })),
        ]}
        onChange={(id) => void choose(id)}
      />
      <p className={styles.note}>{texts.isSameHint(party.name)}</p>
    </div>
  )
}

function Couples({ space }: { readonly space: string }) {
  const { ledger: texts } = useTexts()
  const { names } = useLedgerWords(space)
  const { parties, extras } = useBills(space)
  const mayBill = useMayBill(space)
  const change = useChange(space)
  const [members, setMembers] = useState<readonly string[]>([])
  const couples = (extras?.couples ?? []).filter(({ retired }) => !retired)
  const taken = new Set(couples.flatMap((couple) => couple.members))
  const free = choosable(parties ?? []).filter(({ id }) => !taken.has(id))
  const add = async (name: string) => {
    const done = await change((api) => api.addCouple(space, { name, members }))
    if (done) setMembers([])
    return done
  }
  const toggle = (id: string, is: boolean) => {
    setMembers(is ? [...members, id] : members.filter((other) => other !== id))
  }
  return (
    <section className={styles.block}>
      <h3>{texts.couples}</h3>
      <p className={styles.note}>{texts.couplesHint}</p>
      <ul className={styles.list}>
        {couples.map((couple) => (
          <Couple key={couple.id} space={space} couple={couple} />
        ))}
      </ul>
      {mayBill && free.length > 1 && (
        <AddForm
          label={texts.coupleName}
          action={texts.addCouple}
          ready={members.length > 1}
          onAdd={add}
        >
          <fieldset className={styles.checks}>
            <legend>{texts.members}</legend>
            {free.map(({ id }) => (
              <label key={id}>
                <input
                  type="checkbox"
                  checked={members.includes(id)}
                  onChange={({ target }) => toggle(id, target.checked)}
                />
                {names.nameOf(id)}
              </label>
            ))}
          </fieldset>
        </AddForm>
      )}
    </section>
  )
}

function Couple({ space, couple }: { readonly space: string; readonly couple: LedgerCouple }) {
  const { names } = useLedgerWords(space)
  return (
    <RetirableRow
      space={space}
      name={couple.name}
      note={couple.members.map((id) => names.nameOf(id)).join(', ')}
      retire={(api) => api.changeCouple(space, couple.id, { retired: true })}
    />
  )
}
