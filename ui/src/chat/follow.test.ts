import { expect, test } from "vitest";

import { Follow } from "./follow";

const HEIGHT = 600;
const view = (top: number, whole: number) => ({ top, height: HEIGHT, whole });

test("it_follows_until_the_person_moves_up", () => {
  const follow = new Follow();
  follow.moved(view(1400, 2000));
  follow.handled();
  follow.moved(view(1200, 2000));
  expect(follow.following, "the person reads above").toBe(false);
});

test("growing_text_alone_never_lets_go", () => {
  const follow = new Follow();
  follow.moved(view(1400, 2000));
  follow.moved(view(1400, 2600));
  expect(follow.following, "the page grew, nobody scrolled").toBe(true);
});

test("measuring_that_moves_the_view_up_does_not_let_go", () => {
  const follow = new Follow();
  follow.moved(view(1400, 2000));
  follow.moved(view(900, 1700));
  expect(follow.following, "the list shrank by itself").toBe(true);
});

test("coming_back_to_the_end_follows_again", () => {
  const follow = new Follow();
  follow.moved(view(1400, 2000));
  follow.handled();
  follow.moved(view(800, 2000));
  follow.handled();
  follow.moved(view(1380, 2000));
  expect(follow.following, "near the end is at the end").toBe(true);
});

test("a_touch_while_the_text_grows_does_not_let_go_unless_it_went_up", () => {
  const follow = new Follow();
  follow.moved(view(1400, 2000));
  follow.handled();
  follow.moved(view(1400, 2600));
  expect(follow.following, "only the text moved").toBe(true);
});
