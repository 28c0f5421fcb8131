"""Drawn 48 x 48 grey faces with FER2013's seven expressions: a stand-in for trying the workflow.

An expression is a set of muscle movements, named after the action units of Ekman and Friesen's Facial
Action Coding System (1978); brows, eyes, nose and mouth follow them. Faces differ in identity, pose,
light, blur, noise and occlusion, but less than in life: a small network learns them within minutes.

Lengths are in half head widths, x to the right and y down from the middle of the head; tones are grey
values from 0 (black) to 1. A batch is drawn at once: all arrays are float32 (pictures, 48, 48), or
(pictures, 1, 1) for one number per picture.
"""

import numpy as np

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
SHARES = (0.14, 0.025, 0.14, 0.24, 0.17, 0.11, 0.175)  # nearly FER2013's; disgust is rare there too

SIDE = 48
DICE = 256  # random numbers per picture, more than are used

UNITS = (
    "inner_brow_raise",
    "outer_brow_raise",
    "brow_lower",
    "lid_raise",
    "lid_tighten",
    "nose_wrinkle",
    "upper_lip_raise",
    "corner_pull",
    "corner_depress",
    "lip_stretch",
    "lip_press",
    "jaw_drop",
)
PROTOTYPES = np.array(
    [
        # inner outer lower  lid+ tight  nose upper  pull  down strch press  jaw
        [0.0, 0.1, 1.0, 0.3, 0.5, 0.2, 0.2, 0.0, 0.3, 0.1, 0.7, 0.1],  # angry
        [0.0, 0.0, 0.6, 0.0, 0.7, 1.0, 1.0, 0.0, 0.4, 0.0, 0.0, 0.2],  # disgust
        [1.0, 0.5, 0.4, 0.9, 0.1, 0.0, 0.1, 0.0, 0.2, 0.9, 0.0, 0.4],  # fear
        [0.0, 0.1, 0.0, 0.0, 0.5, 0.1, 0.2, 1.0, 0.0, 0.3, 0.0, 0.3],  # happy
        [0.9, 0.0, 0.4, -0.4, 0.1, 0.0, 0.0, 0.0, 1.0, 0.0, 0.3, 0.0],  # sad
        [0.9, 1.0, 0.0, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, -0.3, 0.0, 1.0],  # surprise
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],  # neutral
    ],
    np.float32,
)


def draw(labels, streams):
    """Draw faces.

    labels: ints from 0 to 6, in the order of ``CLASSES``; streams: a seed (sequence of ints) for each.
    Returns uint8 (pictures, 48, 48).
    """
    dice = _Dice(streams)
    canvas = _Canvas(len(labels))
    move = _movements(np.asarray(labels), dice)
    x, y, tilt = _pose(canvas, dice)
    skin = dice.between(0.45, 0.85)
    hair = dice.between(0.03, 0.45) * np.where(dice.chance(0.2), 1.8, 1)
    height = dice.between(1.25, 1.5)

    _background(canvas, dice)
    _head(canvas, x, y, height, skin, hair, dice)
    x = x - tilt * (1 - 0.5 * x * x)  # a head that turns carries its features along, most at its middle
    _folds(canvas, x, y, move, skin, dice)
    _beard(canvas, x, y, height, hair, dice)
    _nose(canvas, x, y, move, skin, dice)
    _mouth(canvas, x, y, move, skin, dice)
    _eyes_and_brows(canvas, x, y, move, skin, hair, dice)
    _occlusion(canvas, dice)
    return _photograph(canvas, dice)


class _Dice:
    """Random numbers per picture, each picture from its own stream, as (pictures, 1, 1)."""

    def __init__(self, streams):
        generators = [np.random.Generator(np.random.PCG64(stream)) for stream in streams]
        self._columns = iter(np.stack([each.random(DICE, np.float32) for each in generators], axis=1))
        self.noise = np.stack([each.standard_normal((SIDE, SIDE), np.float32) for each in generators])

    def between(self, low, high):
        """Uniform in [low, high)."""
        return (low + (high - low) * next(self._columns))[:, None, None]

    def around(self, spread):
        """Bell-shaped around 0 with standard deviation ``spread``: the sum of three uniform numbers."""
        return sum(self.between(-spread, spread) for _ in range(3))

    def chance(self, probability):
        """True with the given probability."""
        return self.between(0, 1) < probability


class _Canvas:
    """Pictures that are painted on, with soft edges one pixel wide."""

    def __init__(self, pictures):
        self.image = np.zeros((pictures, SIDE, SIDE), np.float32)
        row = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
        self.x, self.y = row[None, None, :], row[None, :, None]  # in pixels from the middle
        self.scale = np.float32(1)  # pixels per unit of the distances that are painted

    def paint(self, distance, tone, opacity=1.0, softness=1.0):
        """Paint where ``distance`` (to an edge, negative inside) says; softness: of the edge, in pixels."""
        cover = np.clip(0.5 - distance * (self.scale / softness), 0, 1)
        self.image += cover * opacity * (tone - self.image)


def _ellipse(x, y, radius_x, radius_y):
    """About the distance to an ellipse around 0, negative inside."""
    return (np.sqrt((x / radius_x) ** 2 + (y / radius_y) ** 2) - 1) * np.minimum(radius_x, radius_y)


def _stroke(x, y, half_length, half_width):
    """About the distance to a horizontal line around 0 that thins out towards its ends."""
    along = np.clip(np.abs(x) / half_length, 0, 1.5)
    return np.abs(y) - half_width * (1 - along**4)


def _movements(labels, dice):
    """How strongly each unit of ``UNITS`` moves, by name: mostly from -0.3 to 1.3, (pictures, 1, 1)."""
    strength = 0.9 + 0.4 * np.sqrt(dice.between(0, 1))
    other = (dice.between(0, 1) * len(CLASSES)).astype(int).ravel()
    share = 0.3 * dice.between(0, 1) ** 3
    move = {}
    for unit, name in enumerate(UNITS):
        own, foreign = PROTOTYPES[labels, unit, None, None], PROTOTYPES[other, unit, None, None]
        varied = own * strength * dice.between(0.8, 1.2)
        move[name] = (1 - share) * varied + share * foreign + dice.around(0.05)
    return move


def _pose(canvas, dice):
    """The head's own coordinates of every pixel, and how far the head turns; sets the canvas's scale."""
    scale = dice.between(20, 22)
    angle = dice.around(0.03)
    x = canvas.x - dice.around(0.6)
    y = canvas.y - dice.around(0.5) + 2
    canvas.scale = scale
    cosine, sine = np.cos(angle), np.sin(angle)
    return (x * cosine + y * sine) / scale, (y * cosine - x * sine) / scale, dice.around(0.03)


def _background(canvas, dice):
    """A tone that changes across the picture, and two blurred things."""
    canvas.image += dice.between(0.1, 0.9)
    canvas.image += canvas.x * dice.around(0.005) + canvas.y * dice.around(0.005)
    for _ in range(2):
        x, y = canvas.x - dice.between(-26, 26), canvas.y - dice.between(-26, 26)
        blob = _ellipse(x, y, dice.between(5, 20), dice.between(5, 20)) / canvas.scale
        canvas.paint(blob, dice.between(0, 1), dice.between(0, 0.6), softness=6)


def _head(canvas, x, y, height, skin, hair, dice):
    """Shoulders, neck, ears, the skull with its shading, and hair."""
    canvas.paint(_ellipse(x, y - height - 1.1, 1.9, 0.9), dice.between(0.05, 0.95))
    long_hair = dice.chance(0.4)
    length = dice.between(0.2, 1.4)
    mane = np.maximum(_ellipse(x, y + 0.15, dice.between(1.15, 1.45), height + 0.15), y - length)
    canvas.paint(mane, hair, long_hair * 1.0, softness=2)
    canvas.paint(np.maximum(np.abs(x) - dice.between(0.5, 0.7), 0.3 - y), skin * 0.75)
    for side in (-1, 1):
        canvas.paint(_ellipse(x - side * 1.0, y - 0.05, 0.14, 0.26), skin * 0.85, 1 - long_hair * 0.9)
    jaw = dice.between(0.05, 0.35)
    taper = 1 - jaw * np.clip(y / height, 0, 1.2) ** 2
    head = _ellipse(x / taper, y, 1.0, height)
    canvas.paint(head, skin)
    canvas.paint(head, skin * 0.6, 0.7 * np.clip(1 + head / 0.4, 0, 1) ** 2)  # darker where it turns away
    line = -height * dice.between(0.55, 0.8)
    bow = dice.between(-0.2, 0.6)
    parting = dice.between(-0.4, 0.4)
    cap = np.maximum(head - 0.08, y - line - bow * (x - parting) ** 2)
    canvas.paint(cap, hair, 1.0 - dice.chance(0.1), softness=1.5)


def _folds(canvas, x, y, move, skin, dice):
    """Wrinkles: across the forehead, between the brows, on the nose, from the nose to the mouth."""
    age = dice.between(0.15, 0.6)
    raised = np.clip(0.5 * (move["inner_brow_raise"] + move["outer_brow_raise"]), 0, 1)
    for level in (-0.72, -0.6):
        bow = 0.12 * x * x
        canvas.paint(_stroke(x, y - level + bow, 0.5, 0.03), skin * 0.6, age * raised)
    frown = np.clip(move["brow_lower"], 0, 1)
    for side in (-1, 1):
        canvas.paint(_stroke(y + 0.38, x - side * 0.07, 0.15, 0.03), skin * 0.5, age * frown)
        wrinkle = np.clip(move["nose_wrinkle"], 0, 1)
        slope = 0.5 * side * (x - side * 0.12)
        canvas.paint(_stroke(x - side * 0.12, y - 0.02 - slope, 0.14, 0.03), skin * 0.5, 0.9 * wrinkle)
        deep = np.clip(
            0.25 + 0.7 * move["corner_pull"] + 0.8 * move["upper_lip_raise"] + 0.4 * move["nose_wrinkle"],
            0,
            1,
        )
        out = side * (0.28 + 0.3 * (y - 0.3) + 0.15 * np.clip(move["corner_pull"], 0, 1))
        canvas.paint(_stroke(y - 0.52, x - out, 0.28, 0.03), skin * 0.6, age * deep, softness=1.3)
        apple = _ellipse(x - side * 0.5, y - 0.28, 0.26, 0.17)
        canvas.paint(apple, skin * 1.25, 0.5 * np.clip(move["corner_pull"], 0, 1), softness=3)


def _beard(canvas, x, y, height, hair, dice):
    """A beard along the jaw, or a moustache, or none."""
    bearded, moustached = dice.chance(0.15), dice.chance(0.15)
    chin = np.maximum(_ellipse(x, y, 0.93, height), -_ellipse(x, y - 0.2, 0.68, 0.85))
    opacity = dice.between(0.3, 0.9)
    canvas.paint(np.maximum(chin, 0.15 - y), hair, bearded * opacity, softness=2)
    canvas.paint(_stroke(x, y - 0.56 - 0.2 * x * x, 0.36, 0.08), hair, moustached * opacity, softness=1.5)


def _nose(canvas, x, y, move, skin, dice):
    """The ridge's light and shade, the wings, the nostrils; wrinkling pulls it up."""
    length, width = dice.between(0.34, 0.5), dice.between(0.13, 0.22)
    tip = y - length + 0.08 * np.clip(move["nose_wrinkle"], 0, 1.3)
    side = np.where(dice.chance(0.5), 1, -1)
    canvas.paint(
        _stroke(y - 0.12, x - side * 0.1, 0.34, 0.06), skin * 0.75, dice.between(0.2, 0.7), softness=2
    )
    canvas.paint(_ellipse(x, tip + 0.04, width * 0.5, 0.1), skin * 1.2, 0.5, softness=2)
    flare = 1 + 0.3 * np.clip(move["nose_wrinkle"], 0, 1)
    for wing in (-1, 1):
        canvas.paint(_ellipse(x - wing * width * 0.55 * flare, tip - 0.05, 0.06, 0.04), skin * 0.3, 0.8)


def _mouth(canvas, x, y, move, skin, dice):
    """Lips whose corners and opening move, the dark of the mouth, teeth."""
    pull, depress = move["corner_pull"], move["corner_depress"]
    stretch, drop, press = move["lip_stretch"], np.clip(move["jaw_drop"], 0, 1.3), move["lip_press"]
    wide = dice.between(0.36, 0.46) * (1 + 0.4 * pull + 0.35 * stretch - 0.3 * drop - 0.1 * press)
    lip = dice.between(0.06, 0.11) * np.clip(1 - 0.5 * press, 0.35, 1.3)
    y = y - dice.between(0.72, 0.82) - 0.12 * drop
    shy = np.clip(dice.between(-0.5, 1), 0, 1)  # some smile, rage or fear with closed lips
    gap = 0.45 * drop + shy * np.clip(0.2 * pull + 0.16 * stretch + 0.14 * move["upper_lip_raise"], 0, 1)
    gap = np.clip(gap - 0.03, 0, 0.5)
    along = x / wide
    bend = (0.22 * pull - 0.22 * depress + dice.around(0.012)) * along**2 + dice.around(0.02) * along
    y = y + bend  # corners up: y grows towards the corners, so the mouth is met higher there
    open_shape = np.clip(1 - along**2, 0, 1)
    lift = 0.15 * np.clip(move["upper_lip_raise"], 0, 1.2) * np.clip(1 - np.abs(along) * 0.8, 0, 1)
    top = -0.5 * gap * open_shape - lift
    bottom = 0.6 * gap * open_shape
    ends = (np.abs(along) - 1) * wide
    lips = np.maximum(np.maximum(top - lip * open_shape - y, y - bottom - 1.3 * lip * open_shape), ends)
    canvas.paint(lips, skin * dice.between(0.5, 0.8))
    inside = np.maximum(np.maximum(top - y, y - bottom), ends)
    canvas.paint(inside - 0.015, 0.12 * skin)
    teeth = np.clip(0.3 * gap + 0.4 * np.clip(pull + stretch, 0, 1) * gap, 0, 0.13)
    canvas.paint(np.maximum(inside + 0.02, y - top - teeth - 0.02), 0.9, np.clip(gap * 12, 0, 0.9))
    canvas.paint(_stroke(along * wide, y - top, wide * 1.05, 0.035), 0.3 * skin, 0.85 * (gap < 0.05))
    canvas.paint(_ellipse(x, y - bottom - 0.2, 0.2, 0.05), skin * 0.7, dice.between(0.2, 0.7), softness=2)


def _eyes_and_brows(canvas, x, y, move, skin, hair, dice):
    """Eyes between moving lids, brows, and the glasses that some wear."""
    apart = dice.between(0.38, 0.48)
    wide = dice.between(0.2, 0.26)
    upper = dice.between(0.08, 0.13) + 0.12 * move["lid_raise"] - 0.07 * move["lid_tighten"]
    upper = np.maximum(upper * np.where(dice.chance(0.05), 0.1, 1), 0.01)  # some have their eyes shut
    lower = np.maximum(dice.between(0.05, 0.08) - 0.06 * np.clip(move["lid_tighten"], 0, 1), 0.01)
    gaze_x, gaze_y = dice.around(0.04), dice.around(0.02)
    iris = dice.between(0.08, 0.1)
    iris_tone = dice.between(0.05, 0.35)
    thick = dice.between(0.05, 0.09)
    arch = dice.between(0.03, 0.1)
    slant = dice.around(0.025)
    brow_height = dice.between(0.24, 0.33)
    brow_tone = np.minimum(hair, skin * 0.7)
    glasses = dice.chance(0.15)
    rim, frame = dice.between(0.24, 0.32), dice.between(0.02, 0.4)
    y = y + 0.12
    for side in (-1, 1):
        out = side * x - apart  # grows away from the nose
        along = out / wide
        lens = np.clip(1 - along**2, 0, 1)
        eye = np.maximum(np.maximum(-upper * lens - y, y - lower * lens), (np.abs(along) - 1) * wide)
        canvas.paint(_ellipse(out, y + 0.03, wide * 1.3, 0.22), skin * 0.8, 0.5, softness=3)  # the socket
        canvas.paint(eye, 0.55 + 0.4 * skin)
        pupil = np.maximum(_ellipse(x - side * apart - gaze_x, y - gaze_y, iris, iris), eye)
        canvas.paint(pupil, iris_tone)
        canvas.paint(_stroke(out, y + upper * lens, wide * 1.1, 0.035), skin * 0.2, 0.9)
        canvas.paint(_stroke(out, y - lower * lens, wide, 0.02), skin * 0.5, 0.6)
        bag = np.clip(move["lid_tighten"], 0, 1)
        canvas.paint(_stroke(out, y - lower - 0.07 + 0.06 * along**2, wide, 0.025), skin * 0.6, 0.7 * bag)

        inner = np.clip(0.5 - 0.5 * out / 0.3, 0, 1)  # 1 at the nose's end of the brow, 0 at the temple
        raised = (
            inner
            * (0.24 * move["inner_brow_raise"] - 0.22 * move["brow_lower"] - 0.04 * move["nose_wrinkle"])
            + (1 - inner) * (0.2 * move["outer_brow_raise"] + 0.05 * move["brow_lower"] + slant)
            - 0.05 * move["brow_lower"]
        )
        gathered = out + 0.06 * np.clip(move["brow_lower"], 0, 1)
        bow = arch * (1 - (gathered / 0.3) ** 2)
        canvas.paint(_stroke(gathered, y + brow_height + raised + bow, 0.3, thick), brow_tone, 0.9)
        ring = np.abs(_ellipse(out, y - 0.05, rim, rim * 0.85)) - 0.025
        canvas.paint(ring, frame, glasses * 0.9)
    canvas.paint(_stroke(x, y, apart - rim + 0.05, 0.03), frame, glasses * 0.9)


def _occlusion(canvas, dice):
    """Something in front of a face now and then: a bar, a hand's edge, an inscription."""
    canvas.scale = np.float32(1)
    for probability in (0.12, 0.04):
        angle = dice.between(0, np.pi)
        x, y = canvas.x - dice.between(-22, 22), canvas.y - dice.between(-22, 22)
        across, along = x * np.sin(angle) - y * np.cos(angle), x * np.cos(angle) + y * np.sin(angle)
        bar = np.maximum(np.abs(across) - dice.between(1, 5), np.abs(along) - dice.between(5, 25))
        canvas.paint(bar, dice.between(0, 1), dice.chance(probability) * dice.between(0.5, 1), softness=1.5)


def _photograph(canvas, dice):
    """Light from one side, contrast, blur and noise; returns uint8 (pictures, 48, 48)."""
    image = canvas.image
    angle = dice.between(0, 2 * np.pi)
    across = (canvas.x * np.cos(angle) + canvas.y * np.sin(angle)) / (SIDE / 2)
    image = image * np.clip(1 + dice.between(0, 0.45) * across, 0.15, 1.8)
    image = image - image.mean(axis=(1, 2), keepdims=True)
    image = image * dice.between(0.14, 0.28) / (image.std(axis=(1, 2), keepdims=True) + 0.05)
    image = image + dice.between(0.35, 0.65)
    spread = 0.3 + 0.6 * dice.between(0, 1) ** 2  # of the blur, in pixels
    near, far = np.exp(-0.5 / spread**2), np.exp(-2 / spread**2)
    total = 1 + 2 * near + 2 * far
    for axis in (1, 2):
        padded = np.pad(image, [(2, 2) if each == axis else (0, 0) for each in range(3)], mode="edge")
        shifted = [np.take(padded, range(start, start + SIDE), axis) for start in range(5)]
        image = (shifted[2] + near * (shifted[1] + shifted[3]) + far * (shifted[0] + shifted[4])) / total
    image = image + dice.noise * dice.between(0.005, 0.03)
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
