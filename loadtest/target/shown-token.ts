import type { Hello } from '../../gateway/protocol/messages.js';

/** Where processes of a load find the token: those that are started by this one have it too. */
const NAME = 'AFTERCLICK_TOKEN';

/** From now on everything that this process and those it starts ask a gateway is asked with this token; undefined changes nothing. */
export function showToken(token: string | undefined): void {
  if (token !== undefined) process.env[NAME] = token;
}

/** Headers of a request; none where no token is to be shown. */
export function tokenHeaders(): { readonly authorization?: string } {
  const token = process.env[NAME];
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** A hello with the token, unless it has one. */
export function withToken(hello: Hello): Hello {
  const token = process.env[NAME];
  return token === undefined || hello.token !== undefined ? hello : { ...hello, token };
}
