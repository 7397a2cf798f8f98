export type Cell = string | number | null;

/** The rows in the order of one column; equal ones stay in theirs. Texts that are numbers compare as numbers. */
export const sortedRows = <R extends readonly Cell[]>(
  rows: readonly R[],
  column: number,
  descending: boolean,
): readonly R[] => {
  if (column < 0) return rows;
  const direction = descending ? -1 : 1;
  return rows.toSorted((a, b) => direction * compare(a[column] ?? '', b[column] ?? ''));
};

const compare = (a: string | number, b: string | number): number => {
  const [x, y] = [Number(a), Number(b)];
  if (a !== '' && b !== '' && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return COLLATOR.compare(String(a), String(b));
};

const COLLATOR = new Intl.Collator('en', { numeric: true });
