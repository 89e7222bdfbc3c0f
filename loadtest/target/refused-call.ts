/** Letters that are told of an answer. */
const TOLD_MAX = 500;

/** What to say of a call that was refused. What is no JSON does not come from a gateway, and is not worth a page. */
export function refusedCall(what: string, status: number, text: string): Error {
  const answer = text.trim();
  return new Error(
    answer.startsWith('{')
      ? `${what} answered ${status}: ${answer.slice(0, TOLD_MAX)}`
      : `${what} answered ${status}, as no gateway does: look what listens there, or name a gateway with --url`,
  );
}
