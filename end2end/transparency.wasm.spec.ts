import { expect, expectAccessible, test } from './fixtures';

test('a chart is explored without asking the server again', async ({ page }) => {
  await page.goto('/transparency');
  const slider = page.getByLabel('Read a figure');
  await expect(slider).toBeVisible();
  const picture = page.locator('.explorer .chart-picture').first();
  const readout = page.locator('.explorer-readout');
  const drawnByServer = await picture.innerHTML();

  const asked: string[] = [];
  page.on('request', request => asked.push(request.url()));

  await slider.focus();
  await expect(readout).toHaveText('First half of 2023: 211,201 requests');
  await slider.press('ArrowLeft');
  await slider.press('ArrowLeft');
  await expect(readout).toHaveText('First half of 2022: 174,569 requests');
  await expect(slider).toHaveAttribute('aria-valuetext', 'First half of 2022: 174,569 requests');

  await page.getByLabel('Pick out a country').selectOption('Germany');
  await expect(readout).toHaveText('First half of 2022: 174,569 requests; Germany 25,402, 15%');
  await expect(picture).toContainText('Germany');

  await picture.scrollIntoViewIfNeeded();
  const box = (await picture.locator('svg').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await expect(readout).toHaveText(/^Second half of 2016: .*Germany 9,925/);

  await page.getByLabel('Compare').selectOption('2013-H1');
  await page.getByLabel('with', { exact: true }).selectOption('2023-H1');
  await expect(page.locator('.explorer-compared')).toContainText('That is 185,322 more (716%).');
  await expectAccessible(page);
  expect(asked.filter(url => !url.startsWith('data:')), 'requests while exploring').toEqual([]);

  // What WebAssembly draws are the server's own bytes.
  await page.reload();
  await expect(slider).toBeVisible();
  expect(await picture.innerHTML()).toBe(drawnByServer);
  await page.getByLabel('Pick out a country').selectOption('Germany');
  await expect(picture).toContainText('Germany');
  await page.getByLabel('Pick out a country').selectOption('None');
  await expect(picture).not.toContainText('Germany');
  expect(await picture.innerHTML()).toBe(drawnByServer);
});

test('outcomes are left out and read one by one without asking the server again', async ({ page }) => {
  await page.goto('/transparency/outcomes');
  const picture = page.locator('.explorer .chart-picture').first();
  const disclosed = page.getByRole('checkbox', { name: 'Some data disclosed' });
  await expect(disclosed).toBeVisible();
  const asked: string[] = [];
  page.on('request', request => asked.push(request.url()));
  await expect(picture).toContainText('Some data disclosed');
  await disclosed.uncheck();
  await expect(picture).not.toContainText('Some data disclosed');
  await page.getByLabel('Read a figure').focus();
  await expect(page.locator('.explorer-readout')).toHaveText(/^First half of 2023: No data disclosed 41,640 to 43,695/);
  await disclosed.check();
  await expect(picture).toContainText('Some data disclosed');
  await expectAccessible(page);
  expect(asked.filter(url => !url.startsWith('data:')), 'requests while exploring').toEqual([]);
});
