import { answerQuestions } from '../../support/gateway/helper-process.js';
import type { FindingsReport, Window } from './findings.js';
import { ShopFloor } from './shop-floor.js';

/** What the suite asks of the honest shoppers. Each is answered when it is done. */
export type ShoppersQuestion =
  | { readonly ask: 'open'; readonly url: string; readonly seed: number }
  | { readonly ask: 'window'; readonly window: Window }
  /** No new clicks; answered when nothing is on its way, or nothing comes any more. */
  | { readonly ask: 'settle' }
  | { readonly ask: 'expect end' }
  | { readonly ask: 'verify' }
  | { readonly ask: 'report' };
export type ShoppersAnswer = FindingsReport | object;

let floor: ShopFloor | undefined;

answerQuestions(async (question: ShoppersQuestion): Promise<ShoppersAnswer> => {
  if (question.ask === 'open') floor = await ShopFloor.open(question.url, question.seed);
  else if (question.ask === 'window') floor!.window(question.window);
  else if (question.ask === 'settle') await floor!.settle();
  else if (question.ask === 'expect end') floor!.expectEnd();
  else if (question.ask === 'verify') await floor!.verify();
  else return floor!.report();
  return {};
});
