"""The one place for labels and units of quantities, in every language of the report.

A quantity is named as the column that holds it (``runs.csv``, ``history.csv``, ``benchmark:`` files);
tables and figures ask here what to call it and how to write its values. Terms are the other words
that figures need, and what families are called in headings.
"""

import math
from dataclasses import dataclass

LANGUAGES = ("en", "zh-TW")
MISSING = "–"
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class Quantity:
    """A measured or counted thing.

    en, zh_tw: its name; unit: as written after a value, "" for a plain number;
    factor: stored value x factor = value in that unit; decimals: digits after the point, None for as needed.
    """

    en: str
    zh_tw: str
    unit: str = ""
    factor: float = 1
    decimals: int | None = 0


def _share(en, zh_tw):
    """A fraction, 0-1 in the files and per cent wherever people read it."""
    return Quantity(en, zh_tw, "%", 100, 1)


QUANTITIES = {
    "params": Quantity("Parameters", "參數量"),
    "trainable_params": Quantity("Trainable parameters", "可訓練參數量"),
    "non_trainable_params": Quantity("Non-trainable parameters", "不可訓練參數量"),
    "macs": Quantity("Multiply-adds per image", "每張影像的乘加次數"),
    "bytes": Quantity("TFLite file", "TFLite 檔", "B"),
    "width": Quantity("Width", "寬度倍率", decimals=None),
    "seed": Quantity("Seed", "亂數種子"),
    "seeds": Quantity("Seeds", "種子數"),
    "failed": Quantity("Failed runs", "失敗次數"),
    "rows": Quantity("Pictures", "影像數"),
    "epoch": Quantity("Epoch", "訓練週期"),
    "epochs": Quantity("Epochs", "訓練週期數"),
    "best_epoch": Quantity("Best epoch", "最佳週期"),
    "learning_rate": Quantity("Learning rate", "學習率", decimals=None),
    "seconds": Quantity("Training time", "訓練時間", "s"),
    "s": Quantity("Time of the job", "工作耗時", "s"),
    "max_rss": Quantity("Peak memory of the job", "工作的記憶體峰值", "MB"),
    "peak_memory_mb": Quantity("Peak memory", "記憶體峰值", "MB"),
    "images_per_second": Quantity("Training speed", "訓練速度", "images/s"),
    "loss_training": Quantity("Training loss", "訓練損失", "nats", decimals=3),
    "loss_validation": Quantity("Validation loss", "驗證損失", "nats", decimals=3),
    "loss": Quantity("Loss", "損失", "nats", decimals=3),
    "accuracy": _share("Accuracy", "準確率"),
    "accuracy_training": _share("Training accuracy", "訓練準確率"),
    "accuracy_validation": _share("Validation accuracy", "驗證準確率"),
    "accuracy_public": _share("PublicTest accuracy", "PublicTest 準確率"),
    "accuracy_private": _share("PrivateTest accuracy", "PrivateTest 準確率"),
    "accuracy_pooled": _share("Test accuracy", "測試準確率"),
    "accuracy_pooled_no_duplicates": _share("Test accuracy without duplicates", "測試準確率（去除重複影像）"),
    "macro_f1_pooled": _share("Test macro F1", "測試巨集 F1"),
    "agreement": _share("Agreement with Keras", "與 Keras 模型的一致率"),
    "latency_ms": Quantity("Latency", "延遲", "ms", decimals=2),
    "precision": _share("Precision", "精確率"),
    "recall": _share("Recall", "召回率"),
    "f1": _share("F1", "F1"),
    "difference": Quantity("Difference in accuracy", "準確率差距", "points", 100, 1),
    "validation_difference": Quantity(
        "Difference in validation accuracy", "驗證準確率差距", "points", 100, 1
    ),
}

TERMS = {
    "training": ("Training", "訓練集"),
    "validation": ("Validation", "驗證集"),
    "public": ("PublicTest", "PublicTest"),
    "private": ("PrivateTest", "PrivateTest"),
    "pooled": ("test", "測試集"),
    "unlabelled": ("Unlabelled", "未標記"),
    "stand_in": ("stand-in data, not real pictures", "替代資料，並非真實影像"),
    "seed_mean": ("mean of the seeds", "各種子的平均"),
    "seed_interval": ("95 % interval over seeds", "跨種子的 95 % 區間"),
    "interval": ("95 % interval", "95 % 區間"),
    "one_seed": ("one run", "單次訓練"),
    "failed": ("failed run", "失敗的訓練"),
    "human_agreement": ("human agreement", "人類一致率"),
    "size_limit": ("size limit", "檔案大小上限"),
    "size_limit_float16": ("size limit (float16)", "檔案大小上限 (float16)"),
    "image_interval": ("95 % interval over pictures", "跨影像的 95 % 區間"),
    "pareto": ("Pareto front", "帕雷托前緣"),
    "ahead": ("the first is ahead", "前者領先"),
    "behind": ("the first is behind", "前者落後"),
    "inconclusive": ("cannot tell", "無法判定"),
    "against": ("against", "對照"),
    "crossing": ("curves cross here", "曲線交叉處"),
    "darker": ("darker: more parameters", "顏色越深：參數量越多"),
    "true_class": ("True class", "真實類別"),
    "predicted_class": ("Predicted class (% of the true class)", "預測類別（佔真實類別的 %）"),
    "no_runs": ("no finished runs", "沒有完成的訓練"),
    "no_pairs": ("no two families at like parameter counts", "沒有參數量相近的兩個家族"),
}

FAMILIES = {
    "mobilenet": ("MobileNet", "MobileNet"),
    "plain": ("Plain control", "一般卷積對照組"),
    "cnn": ("CNN", "CNN"),
    "mobilenetv2": ("MobileNetV2", "MobileNetV2"),
    "mobilenetv2se": ("MobileNetV2-SE", "MobileNetV2-SE"),
    "resnet": ("ResNet", "ResNet"),
}

_UNITS_ZH_TW = {"s": "秒", "images/s": "張/秒", "points": "百分點"}


def _checked(language):
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}: expected one of {', '.join(LANGUAGES)}")
    return language


def unit(name, language="en"):
    """The unit's symbol (str, "" for a plain number)."""
    symbol = QUANTITIES[name].unit
    return symbol if _checked(language) == "en" else _UNITS_ZH_TW.get(symbol, symbol)


def label(name, language="en"):
    """What the quantity is called, as a column's or an axis' heading starts with (str)."""
    quantity = QUANTITIES[name]
    return quantity.en if _checked(language) == "en" else quantity.zh_tw


def term(name, language="en"):
    """A word of the figures that is no quantity (str)."""
    return TERMS[name][LANGUAGES.index(_checked(language))]


def family(name, language="en"):
    """What a family is called by itself; its own name where it has no other (str)."""
    return FAMILIES.get(name, (name, name))[LANGUAGES.index(_checked(language))]


def axis_label(name, language="en"):
    """The name and, in brackets, the unit: "Training time (s)"."""
    symbol = unit(name, language)
    return f"{label(name, language)} ({symbol})" if symbol else label(name, language)


def scaled(name, value):
    """Stored value(s), number or array, in the unit of ``axis_label``."""
    return value * QUANTITIES[name].factor


def is_missing(value):
    """None and NaN are missing values; zero is not."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(name, value):
    """A stored value as people read it, without its unit: "73,511", "64.4"; "–" where missing."""
    if is_missing(value):
        return MISSING
    decimals = QUANTITIES[name].decimals
    value = scaled(name, value)
    return f"{value:g}" if decimals is None else f"{value:,.{decimals}f}"


def text(name, value, language="en"):
    """A stored value with its unit: "73,511", "64.4 %", "94 s"; "–" where missing."""
    symbol = unit(name, language)
    written = number(name, value)
    return f"{written} {symbol}" if symbol and written != MISSING else written


def short(value, gap=""):
    """A large count in three digits with an SI prefix, for ticks and marks: "950", "73.5k", "22.6M".

    gap: what stands between number and prefix.
    """
    for size, prefix in _PREFIXES:
        if abs(value) >= size * 0.9995:  # 999,500 and more would round to 1000k
            return f"{float(f'{value / size:.3g}'):g}{gap}{prefix}"
    return f"{float(f'{value:.3g}'):g}{gap}"
