/**
 * Words of Splitwise exports in the languages its accounts are translated to. The order of columns never changes, so a
 * header is known by some of its words. English is always first.
 */

export interface SplitwiseWords {
  /** Of the five columns before the people, in their order. */
  readonly columns: readonly ReadonlySet<string>[]
  readonly payment: ReadonlySet<string>
  readonly removed: readonly string[]
}

const DATE = 'Date Fecha Datum Tanggal Data 日付 วันที่'
const DESCRIPTION =
  'Description Descripción Beschreibung Keterangan Descrizione 概要 Omschrijving Opis Descrição Beskrivning คำอธิบาย'
const CATEGORY =
  'Category Categoría Catégorie Kategorie Kategori Categorie Categoria カテゴリ Kategoria หมวดหมู่'
const COST = 'Cost Coste Coût Kosten Biaya Costo 費用 Koszt Custo Kostnad ราคา'
const CURRENCY = 'Currency|Moneda|Devise|Währung|Mata uang|Valuta|通貨|Waluta|Moeda|สกุลเงิน'
/** Only of rows that move one amount from one person to another, so that a word too many does no harm. */
const PAYMENT =
  'Payment Pago Paiement Zahlung Pembayaran Pagamento 支払い Betaling Płatność Betalning การชำระเงิน'
const REMOVED = '(removed)|(eliminado)|(supprimé)|(entfernt)|(rimosso)|(verwijderd)|(removido)'

export const SPLITWISE_WORDS: SplitwiseWords = {
  columns: [
    ...[DATE, DESCRIPTION, CATEGORY, COST].map((words) => toWords(words, ' ')),
    toWords(CURRENCY, '|'),
  ],
  payment: toWords(PAYMENT, ' '),
  removed: REMOVED.split('|'),
}

/** One spelling of a word of a header. */
export function normalizeWord(text: string): string {
  return text.normalize('NFC').trim().toLowerCase()
}

function toWords(text: string, separator: string): ReadonlySet<string> {
  return new Set(text.split(separator).map(normalizeWord))
}
