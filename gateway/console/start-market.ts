import { MarketPage } from './market/market-page.js';

new MarketPage().open();
