import { createContext, createElement, type ReactNode, useContext } from 'react';
import type { AfterclickClient } from '../afterclick-client.js';

const ClientContext = createContext<AfterclickClient | undefined>(undefined);

/** Gives all components below it one client, which stays whoever made it's: they close it. */
export function AfterclickProvider(props: {
  readonly client: AfterclickClient;
  readonly children?: ReactNode;
}): ReactNode {
  return createElement(ClientContext.Provider, { value: props.client }, props.children);
}

/** The client of the provider above. Throws when there is none. */
export function useAfterclick(): AfterclickClient {
  const client = useContext(ClientContext);
  if (client === undefined)
    throw new Error('useAfterclick needs an <AfterclickProvider client={…}> around the component.');
  return client;
}
