/** Targets of the files of `expenses`: every importer, through the door that tells kinds apart, and tables alone. */

import { encodeCbor, utf8 } from '@hamlet/core'
import { BUILT_IN_CATEGORIES, computeOwed, importFile, ledgerDraft } from '@hamlet/expenses'
import type {
  AnyVersion,
  ExpenseBody,
  ImportOptions,
  ImportSource,
  ImportedLedger,
  LedgerId,
} from '@hamlet/expenses'
import { exportLedgerBundle, importLedgerBundle, isLedgerBundle } from '@hamlet/expenses/bundle'
import { require, requireTyped } from '@hamlet/testkit/fuzz'
import type { FuzzForm, FuzzTarget } from '@hamlet/testkit/fuzz'
import { crypto, golden, texts } from '../_material.ts'

const SOURCE = 'packages/features/expenses/src/formats'
const OPTIONS: ImportOptions = {
  hash: crypto.hash.bind(crypto),
  currency: { code: 'EUR', exponent: 2 },
}

function target(
  source: ImportSource,
  importer: string,
  form: FuzzForm,
  ...seeds: readonly string[]
): FuzzTarget {
  return {
    name: `ledger-files/${source}`,
    decoders: [`${SOURCE}/import-file.ts#importFile`, `${SOURCE}/${importer}`],
    form,
    seeds: texts(...seeds),
    words: texts(...WORDS),
    smokeInputs: 1000,
    run(input) {
      const imported = importFile(input, OPTIONS)
      if (!imported.ok) {
        requireTyped(imported.error, /^IMPORT_/)
        const { line, column } = imported.error.fields
        require(Number(line) >= 1 && Number(column) >= 1, 'a refusal without a place')
        return 'refused'
      }
      judge(imported.value)
      const again = importFile(input.slice(), OPTIONS)
      require(again.ok && saidBy(again.value) === saidBy(imported.value), 'another import of it')
      return 'accepted'
    },
  }
}

const WORDS = ['"', '""', ',', ';', '\r\n', '\n', '-', '0', '.', '1e9', "'", 'EUR', 'JPY', '\ufeff']

/** Everything in it is what a ledger takes. */
function judge({ parties, categories, expenses, totals }: ImportedLedger): void {
  const ids = new Set<string>(parties.map(({ id }) => id))
  require(ids.size === parties.length, 'a person twice')
  const known = new Set<string>([...categories.map(({ id }) => id), ...BUILT_IN_CATEGORIES])
  for (const { id, body, line } of expenses) {
    require(line >= 1, 'an expense without a line')
    const owed = computeOwed(id, body)
    require(owed.ok, 'an expense that does not come to its amount')
    for (const { party } of [...body.paid, ...owed.value]) {
      require(ids.has(party), 'an expense of somebody who is not there')
    }
    const { category } = body
    require(category === undefined || known.has(category) || category.length < 51, 'no category')
    ledgerDraft(toVersion(id, body))
  }
  for (const { party } of totals) require(ids.has(party), 'a total of somebody who is not there')
}

function saidBy({ parties, expenses }: ImportedLedger): string {
  const versions = expenses.map(({ id, body }) => ledgerDraft(toVersion(id, body)).value)
  const bytes = encodeCbor([parties.map(({ id, name }) => [id, name]), versions])
  return crypto.hash(bytes).join()
}

function toVersion(id: LedgerId, body: ExpenseBody): AnyVersion {
  return { kind: 'version', record: 'expense', id, replaces: [], depth: 0, body, batch: undefined }
}

const SPLITWISE = `Date,Description,Category,Cost,Currency,Anna,Ben (removed)

2026-03-01,"Dinner, ""drinks""",Dining out,100.00,EUR,50.00,-50.00
2026-03-02,Ben B. paid Anna A.,Payment,"1.234,00",JPY,"-1.234,00","1.234,00"

2026-03-31,Total balance, , ,EUR,50.00,-50.00
`
const WIDE = `Id,Date,Description,Currency,Cost,Kind,Split,Details,Paid: Anna,Paid: Ben,Owes: Anna,Owes: Ben
0123456789abcdef0123456789abcdef,2026-03-01,'=Taxi,EUR,10.00,expense,shares,"{""split"":{""items"":[],""taxMinor"":0,""tipMinor"":0,""exact"":[],""adjustments"":[],""percents"":[],""shares"":[[0,3],[1,2]]}}",10.00,0.00,6.00,4.00
,2026-03-02,Back,EUR,5,deleted transfer,exact,,,5,5,
people,,Trip,EUR,,,,,id:${'ab'.repeat(16)},id:${'cd'.repeat(32)},,retired
`
const SNAPSHOT = `{"format":"hamlet-ledger","version":1,"group":"Trip","currency":{"code":"EUR","exponent":2},"asOf":"2026-03-31",
"parties":[{"id":"${'ab'.repeat(16)}","name":"Anna","retired":false}],"categories":[],"expenses":[{"id":"${'01'.repeat(16)}","createdBy":"Anna",
"kind":"expense","deleted":false,"title":"Tea","date":"2026-03-01","currency":{"code":"EUR","exponent":2},"amountMinor":5,
"paid":[{"party":"${'ab'.repeat(16)}","amountMinor":5}],"split":{"items":[],"taxMinor":0,"tipMinor":0,"exact":[],"adjustments":[],"percents":[],
"shares":[{"party":"${'ab'.repeat(16)}","weight":1}]},"tags":["a"],"note":"","category":"rent","rate":null,
"origin":{"kind":"import","source":"x","line":"","reconstructed":true},"owed":[{"party":"${'ab'.repeat(16)}","amountMinor":5}]}],"plan":[]}`
const SPLIIT = `{"id":"g","name":"Flat","currencyCode":"EUR","expenses":[{"id":"e","expenseDate":"2026-03-01","title":"Rent","category":{"name":"Rent"},"amount":-1000,
"originalCurrency":"USD","conversionRate":"0.9","paidById":"p","paidFor":[{"participantId":"p","shares":300},{"participantId":"q","shares":100}],
"isReimbursement":false,"splitMode":"BY_SHARES","recurrenceRule":"NONE","notes":"n"}],"participants":[{"id":"p","name":"A"},{"id":"q","name":"B"}]}`
const SPLIIT_CSV = `"Date","Description","Category","Currency","Cost","Is Reimbursement","Split mode","A","B"
"2025-12-08","Gas","Gas/Fuel","EUR","67.50","No","Unevenly – By shares",45,-22.5`
const IHATEMONEY = `[{"what":"Dinner","bill_type":"Expense","amount":100.0,"currency":"${'X'.repeat(3)}","date":"2026-03-01","payer_name":"A","payer_weight":1.5,"owers":["A","B"]}]`
const IHATEMONEY_CSV = `what,bill_type,amount,currency,date,payer_name,payer_weight,owers
"Dinner, drinks",Reimbursement,100.0,EUR,2026-03-01,A,1.0,"A, B"
`
const COSPEND = `name,weight,active,color
"A, a",1,1,"#112233"

what,amount,date,timestamp,payer_name,payer_weight,payer_active,owers,repeat,categoryid,comment,deleted
"Dinner",100,2026-03-01,1772366400,"A, a",1,1,"A, a,B",n,1,"pizza+%26",0

categoryname,categoryid,icon,color
"Food",1,"fork","#AA5500"

currencyname,exchange_rate
"EUR",1
`
const MEMBER = '{"RegistryMembershipNonUser":{"uuid":"u","alias":{"display_name":"A"}}}'
const TRICOUNT = `{"Response":[{"Registry":{"title":"Trip","currency":"EUR","memberships":[${MEMBER}],"all_registry_entry":[{"RegistryEntry":{
"amount":{"value":"-3.50","currency":"EUR"},"type_transaction":"NORMAL","description":"Tea","date":"2026-03-01 12:00:00","category":"X",
"membership_owned":${MEMBER},"allocations":[{"amount":{"value":"-3.50","currency":"EUR"},"membership":${MEMBER}}]}}]}}]}`
const SESTERCE = `Date,Title,Paid by A,Paid by B,Paid for A,Paid for B,Currency,Category
2026-03-01,Dinner,10,20.50,15.25,15.25,EUR,Groceries
`
const SPLIT_AMOUNTS = `Who paid,Amount,Currency,For whom,Split amounts,Purpose,Category,Date & time,Type
A,30.00,EUR,A;B,10.00;20.00,Dinner,,2026-03-01 20:00:00,expense
`
const SHARE = '"user":{"id":1,"first_name":"A","last_name":null},"user_id":1'
const SPLITWISE_JSON = `{"expenses":[{"id":5,"description":"Tea","details":"x","payment":false,"cost":"3.5","currency_code":"EUR","date":"2026-03-01T13:00:00Z",
"repeat_interval":"weekly","deleted_at":null,"category":{"name":"Groceries"},"receipt":{"original":null},
"users":[{${SHARE},"paid_share":"3.5","owed_share":"1.5","net_balance":"2.0"},{"user_id":2,"paid_share":"0.0","owed_share":"2.0"}],
"comments":[{"content":"hm","comment_type":"User","user":{"first_name":"A"}}]}]}`
const SPLITPRO = `Paid By,Name,Category,Amount,Split Type,Expense Date,Currency,You Lent,You Owe,Settlement
You,Dinner,food,30.00,EQUAL,2026-03-01 20:00:00,EUR,15.00,0,0
B,Back,general,12.50,SETTLEMENT,2026-03-04 10:00:00,EUR,0,0,12.50
`

const SIGNED = golden('features/expenses/test/formats/golden/ledger-bundle-1.txt')

/** An input is the bundle in a file, or the file. */
const signed: FuzzTarget = {
  name: 'ledger-files/hamlet-bundle',
  decoders: [`${SOURCE}/ledger-bundle.ts#importLedgerBundle`],
  form: 'bytes',
  seeds: [
    utf8(SIGNED),
    Uint8Array.from(Buffer.from(SIGNED.split('\n').slice(1).join(''), 'base64')),
  ],
  bytesMax: 20_000,
  smokeInputs: 300,
  run(input) {
    const file = isLedgerBundle(input) ? input : utf8([...exportLedgerBundle(input)].join(''))
    const imported = importLedgerBundle(file, crypto, OPTIONS)
    if (!imported.ok) {
      requireTyped(imported.error, /^IMPORT_/)
      return 'refused'
    }
    judge(imported.value)
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [
  target('splitwise-csv', 'splitwise-import.ts#importSplitwise', 'text', SPLITWISE),
  target('hamlet-csv', 'wide-csv-import.ts#importWideCsv', 'text', WIDE),
  target('hamlet-json', 'snapshot-json.ts#importSnapshotJson', 'json', SNAPSHOT),
  target('spliit-json', 'spliit-json.ts#importSpliitJson', 'json', SPLIIT),
  target('spliit-csv', 'spliit-csv.ts#importSpliitCsv', 'text', SPLIIT_CSV),
  target('ihatemoney-json', 'ihatemoney.ts#importIHateMoneyJson', 'json', IHATEMONEY),
  target('ihatemoney-csv', 'ihatemoney.ts#importIHateMoneyCsv', 'text', IHATEMONEY_CSV),
  target('cospend-csv', 'cospend.ts#importCospend', 'text', COSPEND),
  target('tricount-json', 'tricount-json.ts#importTricount', 'json', TRICOUNT),
  target('sesterce-csv', 'sesterce-csv.ts#importSesterce', 'text', SESTERCE),
  target('split-amounts-csv', 'split-amounts-csv.ts#importSplitAmounts', 'text', SPLIT_AMOUNTS),
  target('splitwise-json', 'splitwise-json.ts#importSplitwiseJson', 'json', SPLITWISE_JSON),
  signed,
  target('splitpro-csv', 'splitpro-csv.ts#importSplitPro', 'text', SPLITPRO),
]
