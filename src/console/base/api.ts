/** What the private listener says when something cannot be done (RFC 9457), or what stands in for it. */
export class ApiError extends Error {
  /** 0 if there was no answer. */
  readonly status: number;
  readonly title: string;
  /** Name of the problem, if the proxy itself tells it. */
  readonly problem: string | undefined;
  /** Milliseconds that the answer asks to wait for. */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    title: string,
    detail: string,
    more: { readonly problem?: string | undefined; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(detail);
    this.status = status;
    this.title = title;
    this.problem = more.problem;
    this.retryAfterMs = more.retryAfterMs;
  }

  /** Whether the same request may go well a little later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The proxy wants to know who asks. */
  get wantsToken(): boolean {
    return this.problem === 'caller-not-authenticated';
  }
}

/** Tells the listener that the request is meant: no other site can send this field. */
const DECLARED = { 'X-Requested-With': 'cmu-proxy-console' };

/** @throws {ApiError} unless the answer is a success */
export const act = async (method: 'POST' | 'DELETE', target: string): Promise<unknown> => {
  const response = await fetch(target, { method, headers: DECLARED });
  if (!response.ok) throw await errorOf(response);
  return response.json();
};

/** Why there is no answer: from the proxy a problem, from Adobe a plain text. */
export const errorOf = async (response: Response): Promise<ApiError> => {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const seconds = Number(response.headers.get('retry-after') ?? '');
  const retryAfterMs = seconds > 0 ? seconds * 1000 : undefined;
  if (type.startsWith('application/problem+json')) {
    const problem: { readonly type?: string; readonly title?: string; readonly detail?: string } =
      JSON.parse(text);
    return new ApiError(response.status, problem.title ?? 'The request failed', problem.detail ?? '', {
      problem: problem.type?.split(/[#:/]/).at(-1),
      retryAfterMs,
    });
  }
  const told = type.startsWith('text/plain') && text.length < 500 ? text : '';
  const title = `The report API answered ${response.status}`;
  return new ApiError(response.status, title, told || adviceOn(response.status), { retryAfterMs });
};

/** Adobe mostly says nothing. */
const adviceOn = (status: number): string => {
  if (status === 403) return 'This client may not see these data. Ask Adobe, or whoever has the statement.';
  if (status === 404) return 'Adobe has no such report. Follow the links, or search for another one.';
  return status >= 500 ? 'This is on the side of Adobe.' : '';
};
