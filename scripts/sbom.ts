import { text } from 'node:stream/consumers';

/** `npm sbom … | node scripts/sbom.ts`: without what differs at every run, so that equal packages give equal bills. */
export function repeatable(bill: string): string {
  const { serialNumber, metadata, ...rest } = JSON.parse(bill);
  const { timestamp, ...kept } = metadata;
  return `${JSON.stringify({ ...rest, metadata: kept }, null, 2)}\n`;
}

if (import.meta.main) process.stdout.write(repeatable(await text(process.stdin)));
