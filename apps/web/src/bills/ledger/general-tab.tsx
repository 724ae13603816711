/** Currency, how to settle up, coins, from which sum on a word is asked for, the usual split, and the archive. */

import { CURRENCIES, evaluateAmount } from '@hamlet/expenses'
import type {
  Currency,
  LedgerSettings,
  LedgerSettingsInput,
  PartyShare,
  SettleMode,
} from '@hamlet/http/api'
import { Archive, ArchiveRestore } from 'lucide-react'
import { useState } from 'react'
import { useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Field, SelectField } from '../../ui/field.tsx'
import { useMayArchive, useMayBill } from '../may-bill.ts'
import { minorToDecimal, moneyText } from '../money-text.ts'
import { choosable } from '../party-names.ts'
import { useBills, useLedgerWords } from '../use-bills.ts'
import styles from './ledger.module.css'
import { useChange } from './use-change.ts'

const MODES: readonly SettleMode[] = ['minimal', 'existing', 'pairwise']
const COINS: readonly number[] = [1, 5, 10, 50, 100]
const WEIGHT_MAX = 1000
const EURO: Currency = { code: 'EUR', exponent: 2 }

export function GeneralTab({ space }: { readonly space: string }) {
  const { settings } = useBills(space)
  const mayBill = useMayBill(space)
  if (settings === undefined) return null
  return (
    <>
      <fieldset className={styles.plain} disabled={!mayBill}>
        <CurrencyField space={space} settings={settings} />
        <ModeField space={space} settings={settings} />
        <CoinField space={space} settings={settings} />
        <ConfirmField key={settings.confirmAboveMinor} space={space} settings={settings} />
        <UsualSplit space={space} settings={settings} />
      </fieldset>
      <ArchiveBlock space={space} settings={settings} />
    </>
  )
}

interface PartProps {
  readonly space: string
  readonly settings: LedgerSettings
}

function useSave(space: string): (settings: LedgerSettingsInput) => Promise<boolean> {
  const change = useChange(space)
  const { ledger } = useTexts()
  return (settings) => change((api) => api.changeLedgerSettings(space, settings), ledger.saved)
}

function CurrencyField({ space, settings }: PartProps) {
  const { ledger: texts } = useTexts()
  const { locale } = useLedgerWords(space)
  const save = useSave(space)
  const names = new Intl.DisplayNames(locale, { type: 'currency' })
  const known = CURRENCIES.map(({ code }) => ({
    value: code,
    label: `${code} · ${names.of(code) ?? code}`,
  }))
  const own = settings.currency?.code ?? ''
  const isKnown = own === '' || known.some(({ value }) => value === own)
  return (
    <SelectField
      label={texts.currency}
      value={own}
      options={[
        ...(own === '' ? [{ value: '', label: texts.currencyNone }] : []),
        ...(isKnown ? [] : [{ value: own, label: own }]),
        ...known,
      ]}
      onChange={(code) => {
        const currency = CURRENCIES.find((each) => each.code === code)
        if (currency !== undefined) void save({ currency })
      }}
    />
  )
}

function ModeField({ space, settings }: PartProps) {
  const { ledger: texts, settle } = useTexts()
  const save = useSave(space)
  return (
    <SelectField
      label={texts.mode}
      value={settings.settleMode}
      options={MODES.map((value) => ({ value, label: settle.modes[value] }))}
      onChange={(settleMode) => void save({ settleMode })}
    />
  )
}

function CoinField({ space, settings }: PartProps) {
  const { ledger: texts } = useTexts()
  const { locale } = useLedgerWords(space)
  const save = useSave(space)
  const currency = settings.currency ?? EURO
  const steps = [...new Set([...COINS, settings.cashStepMinor])].toSorted((a, b) => a - b)
  return (
    <SelectField
      label={texts.cash}
      value={String(settings.cashStepMinor)}
      options={steps.map((step) => ({
        value: String(step),
        label: step === 1 ? texts.cashNone : moneyText(step, currency, locale),
      }))}
      onChange={(step) => void save({ cashStepMinor: Number(step) })}
    />
  )
}

function ConfirmField({ space, settings }: PartProps) {
  const { ledger: texts } = useTexts()
  const save = useSave(space)
  const { confirmAboveMinor: minor, currency = EURO } = settings
  const [text, setText] = useState(
    minor === 0 ? '' : minorToDecimal(BigInt(minor), currency.exponent),
  )
  const read = evaluateAmount(text.trim() === '' ? '0' : text, currency.exponent)
  const value = read.ok && read.value >= 0 ? read.value : undefined
  return (
    <form
      className={styles.block}
      onSubmit={(event) => {
        event.preventDefault()
        if (value !== undefined) void save({ confirmAboveMinor: value })
      }}
    >
      <Field
        label={`${texts.confirm} (${currency.code})`}
        hint={texts.confirmHint}
        inputMode="decimal"
        value={text}
        error={value === undefined ? texts.amountWrong : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      <div>
        <Button type="submit" disabled={value === undefined || value === minor}>
          {texts.save}
        </Button>
      </div>
    </form>
  )
}

/** Parts of a new bill, for everybody who can stand in it. */
function UsualSplit({ space, settings }: PartProps) {
  const { ledger: texts } = useTexts()
  const { names } = useLedgerWords(space)
  const { parties } = useBills(space)
  const save = useSave(space)
  const known = new Map(settings.defaultSplit.map(({ party, weight }) => [party, weight]))
  const [changed, setChanged] = useState<Readonly<Record<string, number>>>({})
  const isEqual = known.size === 0
  const people = choosable(parties ?? [])
  const weightOf = (id: string) => changed[id] ?? (isEqual ? 1 : (known.get(id) ?? 0))
  const submit = async () => {
    const shares = people.map(({ id }) => ({ party: id, weight: weightOf(id) }))
    const equal = shares.every(({ weight }) => weight === shares[0]?.weight)
    const defaultSplit = equal ? [] : shares.filter(({ weight }) => weight > 0).toSorted(byParty)
    if (await save({ defaultSplit })) setChanged({})
  }
  return (
    <form
      className={styles.block}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <h3>{texts.defaultSplit}</h3>
      <p className={styles.note}>{texts.defaultSplitHint}</p>
      <ul className={styles.weights}>
        {people.map(({ id }) => (
          <li key={id}>
            <span>{names.nameOf(id)}</span>
            <input
              type="number"
              min={0}
              max={WEIGHT_MAX}
              aria-label={texts.partsOf(names.nameOf(id))}
              value={weightOf(id)}
              onChange={({ target }) => {
                const weight = Math.min(
                  Math.max(Math.trunc(target.valueAsNumber || 0), 0),
                  WEIGHT_MAX,
                )
                setChanged({ ...changed, [id]: weight })
              }}
            />
          </li>
        ))}
      </ul>
      <div>
        <Button type="submit" disabled={Object.keys(changed).length === 0}>
          {texts.save}
        </Button>
      </div>
    </form>
  )
}

/** The order in which the format has them. */
function byParty(a: PartyShare, b: PartyShare): number {
  return a.party < b.party ? -1 : 1
}

function ArchiveBlock({ space, settings }: PartProps) {
  const { ledger: texts } = useTexts()
  const save = useSave(space)
  if (!useMayArchive(space)) return null
  return (
    <section className={styles.block}>
      <h3>{texts.archive}</h3>
      <p className={styles.note}>{texts.archiveHint}</p>
      <div>
        <Button
          icon={settings.archived ? <ArchiveRestore /> : <Archive />}
          onClick={() => void save({ archived: !settings.archived })}
        >
          {settings.archived ? texts.unarchive : texts.archive}
        </Button>
      </div>
    </section>
  )
}
