/** The picture of a bill: its category's, or what kind of bill it is. Decoration; the words stand beside it. */

import {
  ArrowRight,
  Baby,
  Banknote,
  Bed,
  Bike,
  Bus,
  Car,
  Clapperboard,
  Droplets,
  Dumbbell,
  Flame,
  Fuel,
  Gamepad2,
  Gift,
  GraduationCap,
  HeartPulse,
  House,
  Landmark,
  Laptop,
  Music,
  Package,
  PawPrint,
  Plane,
  Receipt,
  Shield,
  Shirt,
  ShoppingBasket,
  Sofa,
  Sparkles,
  Trash,
  Tv,
  Utensils,
  Wine,
  Wrench,
  Zap,
} from 'lucide-react'
import type { Expense, LedgerCategory } from '@hamlet/http/api'
import type { ComponentType } from 'react'

const ICONS: Readonly<Record<string, ComponentType>> = {
  games: Gamepad2,
  movies: Clapperboard,
  music: Music,
  sports: Dumbbell,
  'dining-out': Utensils,
  groceries: ShoppingBasket,
  liquor: Wine,
  electronics: Laptop,
  furniture: Sofa,
  'household-supplies': Package,
  maintenance: Wrench,
  mortgage: House,
  pets: PawPrint,
  rent: House,
  childcare: Baby,
  clothing: Shirt,
  education: GraduationCap,
  gifts: Gift,
  insurance: Shield,
  'medical-expenses': HeartPulse,
  taxes: Landmark,
  bicycle: Bike,
  'bus-train': Bus,
  car: Car,
  'gas-fuel': Fuel,
  hotel: Bed,
  parking: Car,
  plane: Plane,
  taxi: Car,
  cleaning: Sparkles,
  electricity: Zap,
  'heat-gas': Flame,
  trash: Trash,
  'tv-phone-internet': Tv,
  water: Droplets,
}

interface CategoryIconProps {
  readonly bill: Pick<Expense, 'kind' | 'category'>
  readonly categories: readonly LedgerCategory[]
}

export function CategoryIcon({ bill: { kind, category }, categories }: CategoryIconProps) {
  if (kind === 'transfer') return <ArrowRight />
  const own = categories.find(({ id }) => id === category)
  if (own !== undefined && own.emoji !== '') return <span aria-hidden="true">{own.emoji}</span>
  const Icon = ICONS[category ?? ''] ?? (kind === 'income' ? Banknote : Receipt)
  return <Icon />
}
