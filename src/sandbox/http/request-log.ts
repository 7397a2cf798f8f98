/** `api`: a call that writes. */
export type RequestKind = 'register' | 'token' | 'report' | 'api' | 'other';

/** A request as it arrived. The sandbox holds no real secrets, so nothing of it is left out. */
export interface RecordedRequest {
  /** Epoch milliseconds, by the sandbox's clock. */
  readonly at: number;
  readonly kind: RequestKind;
  readonly method: string;
  /** The request target, byte for byte as it was sent. */
  readonly target: string;
  /** Header lines in order, with their case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty where there was none. */
  readonly body: string;
  /** `null` while it is not answered, and for good if it never was (reset, hang). */
  readonly status: number | null;
}

export type RequestCounts = Readonly<Record<RequestKind | 'throttled' | 'unauthorized', number>>;

type Entry = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

/** How many entries too many there may be before they are cut off together. */
const TRIM_AFTER = 1000;

const pairs = (raw: readonly string[]): [string, string][] => {
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) headers.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return headers;
};

/** The last requests, for tests to assert on, and counts of all of them. */
export class RequestLog {
  readonly #size: number;
  #entries: Entry[] = [];
  #counts: Record<keyof RequestCounts, number> = RequestLog.#none();

  constructor(size: number) {
    this.#size = size;
  }

  static #none() {
    return { register: 0, token: 0, report: 0, api: 0, other: 0, throttled: 0, unauthorized: 0 };
  }

  /** Notes a request at its arrival; what is learnt later is told to the handle that comes back. */
  note(
    request: Pick<RecordedRequest, 'at' | 'kind' | 'method' | 'target'> & { rawHeaders: readonly string[] },
  ) {
    const { rawHeaders, ...known } = request;
    const entry: Entry = { ...known, headers: pairs(rawHeaders), body: '', status: null };
    this.#entries.push(entry);
    if (this.#entries.length >= this.#size + TRIM_AFTER) this.#entries = this.#entries.slice(-this.#size);
    this.#counts[request.kind]++;
    return {
      body: (text: string) => {
        entry.body = text;
      },
      answered: (status: number) => {
        entry.status = status;
        if (status === 429) this.#counts.throttled++;
        if (status === 401) this.#counts.unauthorized++;
      },
    };
  }

  list(): readonly RecordedRequest[] {
    return this.#entries.slice(-this.#size).map((entry) => ({ ...entry }));
  }

  counts(): RequestCounts {
    return { ...this.#counts };
  }

  clear(): void {
    this.#entries = [];
    this.#counts = RequestLog.#none();
  }
}
