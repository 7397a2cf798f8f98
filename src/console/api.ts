/** What the private listener says when something cannot be done (RFC 9457), or what stands in for it. */
export class ApiError extends Error {
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
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
  if (type.startsWith('application/problem+json')) {
    const problem: { readonly title?: string; readonly detail?: string } = JSON.parse(text);
    return new ApiError(response.status, problem.title ?? 'The request failed', problem.detail ?? '');
  }
  const told = type.startsWith('text/plain') && text.length < 500 ? text : '';
  return new ApiError(response.status, `The report API answered ${response.status}`, told);
};
