import { FAULT_TARGETS, type Fault, type FaultEffect, type FaultScope } from './faults.ts';

const PATTERN =
  /^(?<kind>[a-z]+)(?::(?<number>\d{1,9}))?(?:@(?<on>[a-z]+))?(?:\*(?<times>\d{1,9}))?(?:%(?<chance>\d(?:\.\d+)?))?$/;

/** How a fault is written on a command line, for messages. */
export const FAULT_SYNTAX =
  'latency:MS, status:CODE, reset, hang or tear, then optionally @register|@token|@report|@dcr, *TIMES and %CHANCE (0 to 1)';

/**
 * Reads faults as a command line has them: `latency:500@token,status:503@report*3,reset%0.05`.
 * @throws {RangeError} naming the part that is wrong.
 */
export function parseFaults(text: string): Fault[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseFault);
}

function parseFault(text: string): Fault {
  const { kind, number, on, times, chance } = PATTERN.exec(text)?.groups ?? {};
  const effect = effectOf(kind, number === undefined ? undefined : Number(number));
  const scope = effect && scopeOf(on, times, chance);
  if (effect === undefined || scope === undefined) {
    throw new RangeError(`not a fault: "${text}". Expected ${FAULT_SYNTAX}.`);
  }
  return { ...effect, ...scope };
}

function effectOf(kind: string | undefined, number: number | undefined): FaultEffect | undefined {
  switch (kind) {
    case 'latency':
      return number === undefined ? undefined : { kind, ms: number };
    case 'status':
      return number !== undefined && number >= 200 && number <= 599 ? { kind, status: number } : undefined;
    case 'reset':
    case 'hang':
    case 'tear':
      return number === undefined ? { kind } : undefined;
    default:
      return undefined;
  }
}

function scopeOf(on?: string, times?: string, chance?: string): FaultScope | undefined {
  const target = FAULT_TARGETS.find((known) => known === on);
  if (target === undefined && on !== undefined) return undefined;
  if (times !== undefined && Number(times) === 0) return undefined;
  if (chance !== undefined && Number(chance) > 1) return undefined;
  return {
    ...(target === undefined ? {} : { on: target }),
    ...(times === undefined ? {} : { times: Number(times) }),
    ...(chance === undefined ? {} : { probability: Number(chance) }),
  };
}
