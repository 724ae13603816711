/** Files of other apps as they write them: what they come to, and what is refused in them, with its place. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { balancesOf, importText, linesOf, placeOf, refusalOf, warningsOf } from './_files.ts'

const EUR = { code: 'EUR', exponent: 2 }

/** Where the file is refused when this stands in it for that. */
function refusalsOf(file: string): (from: string, to: string) => string {
  return (from, to) => placeOf(refusalOf(file.replace(from, to)))
}

const SPLIIT = `{"id":"s2LrTV4IIYMjs19OVxQ1x","name":"Lisbon flat","information":null,"currency":"€","currencyCode":"EUR",
 "expenses":[
  {"id":"e1","expenseDate":"2026-03-01T00:00:00.000Z","title":"Hotel (USD)","category":{"grouping":"Transportation","name":"Hotel"},
   "amount":45000,"originalAmount":50000,"originalCurrency":"USD","conversionRate":"0.9","paidById":"p1",
   "paidFor":[{"participantId":"p1","shares":300},{"participantId":"p2","shares":200}],"isReimbursement":false,"splitMode":"EVENLY","recurrenceRule":"NONE","notes":null},
  {"id":"e2","expenseDate":"2026-03-02T00:00:00.000Z","title":"Rent","category":null,"amount":1000,"paidById":"p2",
   "paidFor":[{"participantId":"p1","shares":300},{"participantId":"p2","shares":100}],"isReimbursement":false,"splitMode":"BY_SHARES","recurrenceRule":"MONTHLY","notes":"flat"},
  {"id":"e3","expenseDate":"2026-03-03T00:00:00.000Z","title":"Exact","category":null,"amount":1001,"paidById":"p2",
   "paidFor":[{"participantId":"p1","shares":900},{"participantId":"p2","shares":101}],"isReimbursement":false,"splitMode":"BY_AMOUNT"},
  {"id":"e4","expenseDate":"2026-03-04T00:00:00.000Z","title":"Refund","category":null,"amount":-600,"paidById":"p1",
   "paidFor":[{"participantId":"p1","shares":5000},{"participantId":"p2","shares":5000}],"isReimbursement":false,"splitMode":"BY_PERCENTAGE"},
  {"id":"e5","expenseDate":"2026-03-05T00:00:00.000Z","title":"Back","category":null,"amount":500,"paidById":"p2",
   "paidFor":[{"participantId":"p1","shares":100}],"isReimbursement":true,"splitMode":"EVENLY"}],
 "participants":[{"id":"p1","name":"Alpha"},{"id":"p2","name":"Beta"}],"activities":[]}
`

test('Spliit JSON is read in all its ways of splitting, and leftover shares of even ones are nothing', () => {
  const ledger = importText(SPLIIT)
  assert.deepEqual(linesOf(ledger), [
    'expense Hotel (USD): Alpha 450.00 -> Alpha 225.00, Beta 225.00',
    'expense Rent: Beta 10.00 -> Alpha 7.50, Beta 2.50',
    'expense Exact: Beta 10.01 -> Alpha 9.00, Beta 1.01',
    'income Refund: Alpha 6.00 -> Alpha 3.00, Beta 3.00',
    'transfer Back: Beta 5.00 -> Alpha 5.00',
  ])
  assert.equal(ledger.groupName, 'Lisbon flat')
  assert.equal(ledger.expenses[0]!.body.category, 'hotel')
  assert.equal(ledger.expenses[0]!.body.note, 'USD × 0.9')
  assert.equal(ledger.expenses[1]!.line, 6)
  assert.deepEqual(warningsOf(ledger), ['not-kept 7:153'])
})

test('a Spliit group with a sign for a currency needs to be told which it is', () => {
  const custom = SPLIIT.replace('"currencyCode":"EUR"', '"currencyCode":null')
  assert.equal(placeOf(refusalOf(custom)), 'IMPORT_MISSING 1:1')
  assert.equal(refusalOf(custom).fields['missing'], 'currency')
  assert.deepEqual(
    balancesOf(importText(custom, { currency: EUR })),
    balancesOf(importText(SPLIIT)),
  )
})

test('what is wrong in Spliit JSON is refused with line and column', () => {
  const refused = refusalsOf(SPLIIT)
  assert.equal(refused('"paidById":"p1"', '"paidById":"p9"'), 'IMPORT_UNKNOWN_PARTY 4:101')
  assert.equal(refused('"amount":45000', '"amount":450.5'), 'IMPORT_BAD_VALUE 4:13')
  assert.equal(refused('"splitMode":"EVENLY"', '"splitMode":"ODD"'), 'IMPORT_BAD_VALUE 5:124')
  assert.equal(refused('"title":"Rent",', ''), 'IMPORT_MISSING 6:3')
})

const SPLIIT_CSV = `\ufeff"Date","Description","Category","Currency","Cost","Original cost","Original currency","Conversion rate","Is Reimbursement","Split mode","Alpha","Beta","'@c"
"2025-12-08","Gas","Gas/Fuel","EUR","67.50",,,,"No","Unevenly – By shares",45,-22.5,0
"2025-12-09","Leftovers","General","EUR","9.00",,,,"No","Evenly",-6,-3,0
"2025-12-10","Bread","General","EUR","9.00",,,,"No","Evenly",3,-3,-3`

test('Spliit CSV tells who paid by the sign, or by being the only one without a part', () => {
  const ledger = importText(SPLIIT_CSV)
  assert.deepEqual(linesOf(ledger), [
    'expense Gas: Alpha 67.50 -> Alpha 45.00, Beta 22.50',
    'expense Leftovers: @c 9.00 -> Alpha 4.50, Beta 4.50',
    'expense Bread: Alpha 9.00 -> @c 3.00, Alpha 3.00, Beta 3.00',
  ])
  assert.equal(ledger.expenses[0]!.body.category, 'gas-fuel')
})

test('a payer whom Spliit CSV does not name is asked for, not guessed', () => {
  const text = `${SPLIIT_CSV}\n"2025-12-11","Back","Payment","EUR","5.00",,,,"Yes","Evenly",-5,0,0`
  assert.equal(placeOf(refusalOf(text)), 'IMPORT_MISSING 5:1')
  assert.equal(refusalOf(text).fields['missing'], 'payer')
  const ledger = importText(text, { payers: new Map([[5, 'Beta']]) })
  assert.equal(linesOf(ledger)[3], 'transfer Back: Beta 5.00 -> Alpha 5.00')
})

const IHATEMONEY = `[{"what":"Dinner, drinks","bill_type":"Expense","amount":100.0,"currency":"EUR","date":"2026-03-01","payer_name":"Person Alpha","payer_weight":1.0,"owers":["Person Alpha","Person Beta","Pers\\u00f6n Gamma"]},
 {"what":"Rent","amount":90.1,"currency":"EUR","date":"2026-03-02","payer_name":"Person Beta","payer_weight":2.0,"owers":["Person Alpha","Person Beta"]},
 {"what":"Back","bill_type":"Reimbursement","amount":0.3,"currency":"EUR","date":"2026-03-02","payer_name":"Person Beta","payer_weight":2.0,"owers":["Person Alpha"]}]`
const IHATEMONEY_CSV = `what,bill_type,amount,currency,date,payer_name,payer_weight,owers\r
"Dinner, drinks",Expense,100.0,EUR,2026-03-01,Person Alpha,1.0,"Person Alpha, Person Beta, Persön Gamma"\r
Rent,Expense,90.1,EUR,2026-03-02,Person Beta,2.0,"Person Alpha, Person Beta"\r
Back,Reimbursement,0.3,EUR,2026-03-02,Person Beta,2.0,Person Alpha\r
`

for (const [form, text] of [
  ['JSON', IHATEMONEY],
  ['CSV', IHATEMONEY_CSV],
] as const) {
  test(`IHateMoney ${form} is divided by the weights of people, and those it leaves out are asked for`, () => {
    const ledger = importText(text)
    assert.deepEqual(linesOf(ledger), [
      'expense Dinner, drinks: Person Alpha 100.00 -> Person Alpha 25.00, Person Beta 50.00, Persön Gamma 25.00',
      'expense Rent: Person Beta 90.10 -> Person Alpha 30.03, Person Beta 60.07',
      'transfer Back: Person Beta 0.30 -> Person Alpha 0.30',
    ])
    assert.deepEqual(
      ledger.warnings.map(({ code }) => code),
      ['weight-guessed'],
    )
    const weights = new Map([['Persön Gamma', 2]])
    const told = importText(text, { weights })
    assert.match(linesOf(told)[0]!, /Persön Gamma 40\.00$/)
    assert.deepEqual(told.warnings, [])
  })
}

test('IHateMoney without a currency, and with amounts a float spoiled, is read to the cent', () => {
  const text = IHATEMONEY.replaceAll('"EUR"', `"${'X'.repeat(3)}"`).replace(
    '100.0',
    '100.00000000000001',
  )
  assert.equal(placeOf(refusalOf(text)), 'IMPORT_MISSING 1:2')
  const ledger = importText(text, { currency: EUR })
  assert.match(linesOf(ledger)[0]!, /Alpha 100\.00 ->/)
  assert.equal(ledger.warnings[1]!.code, 'rounded')
})

const COSPEND = `name,weight,active,color
"Alpha, A",1,1,"#112233"
"Person Beta",2,1,"#445566"

what,amount,date,timestamp,payer_name,payer_weight,payer_active,owers,repeat,repeatfreq,repeatallactive,repeatuntil,categoryid,paymentmode,paymentmodeid,comment,deleted
"Dinner, drinks",100,2026-03-01,1772366400,"Alpha, A",1,1,"Alpha, A,Person Beta",n,1,0,,1,n,1,"pizza+%26+drinks",0
"Beta repays",20,2026-03-05,1772712000,"Person Beta",2,1,"Alpha, A",n,1,0,,-11,n,,"",0
"Gone",20,2026-03-05,,"Person Beta",2,1,"Alpha, A",m,1,0,,,n,,"",1

categoryname,categoryid,icon,color
"Food",1,"fork","#AA5500"

paymentmodename,paymentmodeid,icon,color
"Cash",1,"cash","#228833"

currencyname,exchange_rate
"EUR",1
"CHF",0.92
`

test('Cospend CSV is read section by section, with weights, categories, comments and the trash', () => {
  const ledger = importText(COSPEND)
  assert.deepEqual(linesOf(ledger), [
    'expense Dinner, drinks: Alpha, A 100.00 -> Alpha, A 33.33, Person Beta 66.67',
    'transfer Beta repays: Person Beta 20.00 -> Alpha, A 20.00',
    'expense Gone: Person Beta 20.00 -> Alpha, A 20.00',
  ])
  const [dinner, , gone] = ledger.expenses
  assert.equal(dinner!.body.note, 'pizza & drinks')
  assert.equal(dinner!.body.date, '2026-03-01')
  assert.equal(ledger.categories[0]!.name, 'Food')
  assert.equal(gone!.body.deleted, true)
  assert.deepEqual(warningsOf(ledger), ['not-kept 8:1'])
  assert.deepEqual(ledger.currency, EUR)
})

test('an older Cospend file declares its members in rows that are no bills', () => {
  const text = `what,amount,date,payer_name,payer_weight,payer_active,owers
deleteMeIfYouWant,1,2020-01-01,Alpha,1,1,"Alpha,Beta"
Tea,3.30,2020-01-02,Beta,1,1,"Alpha,Beta"
`
  assert.equal(placeOf(refusalOf(text)), 'IMPORT_MISSING 1:1')
  const ledger = importText(text, { currency: EUR })
  assert.deepEqual(linesOf(ledger), ['expense Tea: Beta 3.30 -> Alpha 1.65, Beta 1.65'])
})

test('what is wrong in Cospend CSV is refused with line and column', () => {
  const refused = refusalsOf(COSPEND)
  assert.equal(refused('drinks",100', 'drinks",1oo'), 'IMPORT_BAD_VALUE 6:18')
  assert.equal(refused('"Beta repays"', '"Beta "repays""'), 'IMPORT_BAD_CSV 7:8')
  assert.equal(refused('20,2026-03-05,,', '20,March,,'), 'IMPORT_BAD_VALUE 8:11')
})

const person = (name: string) =>
  `{"RegistryMembershipNonUser":{"uuid":"u-${name}","alias":{"display_name":"${name}"}}}`
const entry = (type: string, amount: string, parts: readonly (readonly [string, string])[]) =>
  `{"RegistryEntry":{"amount":{"value":"${amount}","currency":"EUR"},"type_transaction":"${type}","description":"${type}",
  "date":"2026-03-01 12:00:00.000000","category":"OTHER","membership_owned":${person('Anna')},
  "allocations":[${parts
    .map(
      ([name, value]) =>
        `{"amount":{"value":"${value}","currency":"EUR"},"membership":${person(name)},"type":"AMOUNT"}`,
    )
    .join()}]}}`
const TRICOUNT = `{"Response":[{"Registry":{"title":"Trip","currency":"EUR",
"memberships":[${person('Anna')},${person('Ben')}],
"all_registry_entry":[
${entry('NORMAL', '-30.01', [
  ['Anna', '-15.01'],
  ['Ben', '-15.00'],
])},
${entry('INCOME', '10.00', [['Ben', '10.00']])},
${entry('BALANCE', '-5.00', [['Ben', '-5.00']])}]}}]}`

test('what a Tricount link answers is read as a file', () => {
  const ledger = importText(TRICOUNT)
  assert.deepEqual(linesOf(ledger), [
    'expense NORMAL: Anna 30.01 -> Anna 15.01, Ben 15.00',
    'income INCOME: Anna 10.00 -> Ben 10.00',
    'transfer BALANCE: Anna 5.00 -> Ben 5.00',
  ])
  assert.equal(placeOf(refusalOf(TRICOUNT.replace('-15.01', '-16.50'))), 'IMPORT_BAD_SUM 4:18')
})

const SESTERCE = `Date,Title,Paid by A,Paid by B,Paid for A,Paid for B,Currency,Category
2026-03-01,Dinner,10,20.50,15.25,15.25,EUR,Groceries
2026-03-02,Yen,1000,,,1000,JPY,
`

test('Sesterce CSV says who paid and who owes, several of each', () => {
  assert.deepEqual(linesOf(importText(SESTERCE)), [
    'expense Dinner: A 10.00, B 20.50 -> A 15.25, B 15.25',
    'expense Yen: A 1000 -> B 1000',
  ])
  assert.equal(placeOf(refusalOf(SESTERCE.replace('15.25', '16.25'))), 'IMPORT_BAD_SUM 2:1')
  assert.equal(
    placeOf(refusalOf(SESTERCE.replace('Paid for B', 'Paid for C'))),
    'IMPORT_MISSING 1:1',
  )
})

const SPLIT_AMOUNTS = `Who paid,Amount,Currency,For whom,Split amounts,Purpose,Category,Date & time,Timezone,Exchange rate,Converted amount,Type,Receipt
Anna,30.00,EUR,Anna;Ben,10.00;20.00,Dinner,,2026-03-01 20:00:00,UTC,,,expense,
Anna;Ben,10;20,EUR,Ben,30,Both,,2026-03-02 20:00:00,UTC,,,expense,
Ben,5.00,EUR,Anna,5.00,Back,,2026-03-03 20:00:00,UTC,,,transfer,
`

test('tables with parallel lists of people and amounts are read', () => {
  assert.deepEqual(linesOf(importText(SPLIT_AMOUNTS)), [
    'expense Dinner: Anna 30.00 -> Anna 10.00, Ben 20.00',
    'expense Both: Anna 10.00, Ben 20.00 -> Ben 30.00',
    'transfer Back: Ben 5.00 -> Anna 5.00',
  ])
  const fewer = SPLIT_AMOUNTS.replace('10.00;20.00', '30.00')
  assert.equal(placeOf(refusalOf(fewer)), 'IMPORT_BAD_VALUE 2:25')
})

const user = (id: number, first: string, last: string | null = null) =>
  `"user":{"id":${id},"first_name":"${first}","last_name":${JSON.stringify(last)}},"user_id":${id}`
const SPLITWISE_JSON = `{"expenses":[
{"id":1,"group_id":7,"description":"Villa","details":"two nights","payment":false,"cost":"600.0","currency_code":"EUR","date":"2026-03-03T13:00:00Z",
"repeat_interval":"monthly","deleted_at":null,"category":{"id":47,"name":"Hotel"},"receipt":{"large":null,"original":"https://example.org/r.jpg"},
"users":[{${user(11, 'Anna', 'A.')},"paid_share":"400.0","owed_share":"200.0","net_balance":"200.0"},
{${user(12, 'Ben')},"paid_share":"200.0","owed_share":"200.0","net_balance":"0.0"},
{${user(13, 'Ben')},"paid_share":"0.0","owed_share":"200.0","net_balance":"-200.0"}],
"comments":[{"id":1,"content":"with sea view","comment_type":"User","deleted_at":null,${user(12, 'Ben').split(',"user_id"')[0]}},
{"id":2,"content":"Anna added it","comment_type":"System"},{"id":3,"content":"gone","comment_type":"User","deleted_at":"2026-03-04T00:00:00Z"}]},
{"id":2,"description":"Payment","payment":true,"cost":"20.5","currency_code":"EUR","date":"2026-03-05T13:00:00Z","repeat_interval":"never","deleted_at":null,"category":{"id":18,"name":"General"},
"users":[{${user(13, 'Ben')},"paid_share":"20.5","owed_share":"0.0"},{"user_id":11,"paid_share":"0.0","owed_share":"20.5"}]},
{"id":"3","description":"Twice","payment":false,"cost":"2.0","currency_code":"EUR","date":"2026-03-05T13:00:00Z","deleted_at":"2026-03-06T13:00:00Z",
"users":[{"user_id":14,"paid_share":"2.0","owed_share":"2.0"}]}]}`

test('Splitwise JSON says who paid and who owes, and loses nothing of what its table loses', () => {
  const ledger = importText(SPLITWISE_JSON)
  assert.deepEqual(linesOf(ledger), [
    'expense Villa: Anna A. 400.00, Ben 200.00 -> Anna A. 200.00, Ben (2) 200.00, Ben 200.00',
    'transfer Payment: Ben (2) 20.50 -> Anna A. 20.50',
    'expense Twice: User 14 2.00 -> User 14 2.00',
  ])
  const [villa, payment, twice] = ledger.expenses.map(({ body }) => body)
  assert.equal(villa!.note, 'two nights\nBen: with sea view')
  assert.equal(villa!.category, 'hotel')
  assert.deepEqual([payment!.deleted, twice!.deleted], [false, true])
  assert.equal(villa!.origin?.kind === 'import' && villa!.origin.reconstructed, false)
  assert.deepEqual(warningsOf(ledger), ['not-kept 3:19', 'not-kept 3:118'])
})

test('people and expenses of Splitwise JSON keep their ids in later files, whatever they are called', () => {
  const ledger = importText(SPLITWISE_JSON)
  const later = importText(SPLITWISE_JSON.replaceAll('"Anna"', '"Hanna"').replace('Villa', 'House'))
  const ids = ({ parties, expenses }: typeof ledger) =>
    [...parties, ...expenses].map(({ id }) => id)
  assert.deepEqual(ids(later), ids(ledger))
  const list = importText(SPLITWISE_JSON.slice('{"expenses":'.length, -1))
  assert.deepEqual(ids(list), ids(ledger))
})

test('what is wrong in Splitwise JSON is refused with line and column', () => {
  const refused = refusalsOf(SPLITWISE_JSON)
  assert.equal(refused('"net_balance":"200.0"', '"net_balance":"100.0"'), 'IMPORT_BAD_SUM 4:134')
  assert.equal(refused('"paid_share":"20.5"', '"paid_share":"20.4"'), 'IMPORT_BAD_SUM 9:1')
  assert.equal(refused('"id":2,"desc', '"id":2.5,"desc'), 'IMPORT_BAD_VALUE 9:7')
  assert.equal(refused('"cost":"20.5"', '"cost":"much"'), 'IMPORT_BAD_VALUE 9:55')
  assert.equal(
    refused('"currency_code":"EUR","date":"2026-03-05', '"date":"2026-03-05'),
    'IMPORT_MISSING 9:1',
  )
})

const SPLITPRO = `Paid By,Name,Category,Amount,Split Type,Expense Date,Currency,You Lent,You Owe,Settlement
You,Dinner,food,30.00,EQUAL,2026-03-01 20:00:00,EUR,15.00,0,0
Cleo,"Taxi, late",travel,20.00,EXACT,2026-03-02 08:30:00,EUR,0,5.00,0
You,Of three,groceries,90.00,EQUAL,2026-03-03 10:00:00,EUR,30.00,0,0
Cleo,Refund,general,-10.00,EQUAL,2026-03-03 10:00:00,EUR,0,5.00,0
Cleo,Settle up,general,12.50,SETTLEMENT,2026-03-04 10:00:00,EUR,0,0,12.50
`

test('SplitPro CSV gives what the two owe each other, and says that parts are found again', () => {
  const ledger = importText(SPLITPRO)
  assert.deepEqual(linesOf(ledger), [
    'expense Dinner: You 30.00 -> Cleo 15.00, You 15.00',
    'expense Taxi, late: Cleo 20.00 -> Cleo 15.00, You 5.00',
    'expense Of three: You 90.00 -> Cleo 30.00, You 60.00',
    'income Refund: Cleo 10.00 -> Cleo 5.00, You 5.00',
    'transfer Settle up: Cleo 12.50 -> You 12.50',
  ])
  assert.deepEqual(balancesOf(ledger), ['Cleo EUR -32.50', 'You EUR 32.50'])
  assert.deepEqual(
    ledger.expenses.map(({ body }) => body.origin?.kind === 'import' && body.origin.reconstructed),
    [true, true, true, true, false],
  )
})

test('what is wrong in SplitPro CSV is refused with line and column', () => {
  const refused = refusalsOf(SPLITPRO)
  assert.equal(refused('Cleo,Refund', 'Dora,Refund'), 'IMPORT_BAD_VALUE 5:1')
  assert.equal(refused('EUR,15.00', 'EUR,31.00'), 'IMPORT_BAD_SUM 2:1')
  assert.equal(refused('2026-03-02 08:30:00', 'yesterday'), 'IMPORT_BAD_VALUE 3:38')
  assert.equal(refused('20.00,EXACT', 'much,EXACT'), 'IMPORT_BAD_VALUE 3:26')
})

test('every kind of file gives the same ids and the same balances each time', () => {
  const files = [
    SPLIIT,
    SPLIIT_CSV,
    IHATEMONEY,
    IHATEMONEY_CSV,
    COSPEND,
    TRICOUNT,
    SESTERCE,
    SPLIT_AMOUNTS,
    SPLITWISE_JSON,
    SPLITPRO,
  ]
  const sources = files.map((text) => {
    const [once, again] = [importText(text), importText(text)]
    assert.deepEqual(again, once)
    return once.source
  })
  assert.deepEqual(sources, [
    ...['spliit-json', 'spliit-csv', 'ihatemoney-json', 'ihatemoney-csv', 'cospend-csv'],
    ...['tricount-json', 'sesterce-csv', 'split-amounts-csv', 'splitwise-json', 'splitpro-csv'],
  ])
})
