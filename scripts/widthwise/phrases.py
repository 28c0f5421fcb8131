"""What the report can say, in every language: {key: (English, Traditional Chinese)}.

Each phrase that states a finding belongs to one case; ``words`` chooses it and fills in the numbers.
"""
# ruff: noqa: E501 (a sentence is one line)

LANGUAGES = ("en", "zh-TW")

PHRASES = {
    # names of things
    "family mobilenet": ("MobileNet", "MobileNet"),
    "family plain": ("the plain control", "一般卷積對照組"),
    "family cnn": ("the CNN", "CNN"),
    "split validation": ("validation", "驗證集"),
    "split public": ("PublicTest", "PublicTest"),
    "split private": ("PrivateTest", "PrivateTest"),
    "split pooled": ("test (both halves)", "測試集（兩半合併）"),
    "verdict ahead": ("ahead", "領先"),
    "verdict behind": ("behind", "落後"),
    "verdict cannot tell": ("cannot tell", "無法判定"),
    "status finished": ("finished", "完成"),
    "status failed": ("failed", "失敗"),
    "status diverged": ("diverged", "發散"),
    "status absent": ("not there", "缺少"),
    "network": ("{family} at width {width:g}", "寬度倍率 {width:g} 的 {family}"),
    "points": ("{value} points", "{value} 個百分點"),
    "range": ("{low} to {high}", "{low} 至 {high}"),
    "joined": (", ", "、"),
    "last joined": (" and ", "與"),
    "recipe": ("recipe {recipe}", "訓練設定 {recipe}"),
    # question 4: a family against a control over all matched budgets
    "no budget": (
        "{family} and {control} have no two networks whose parameter counts are within 10 %: nothing can be said at equal size.",
        "{family} 與 {control} 沒有參數量相差 10 % 以內的網路，無法在相同大小下比較。",
    ),
    "one seed": (
        "With one seed per network, no conclusion about {family} and {control} can be drawn: these two trainings differ by {differences}, but another seed could turn the order round.",
        "每個網路只有一個亂數種子，無法對 {family} 與 {control} 下結論：這幾次訓練相差 {differences}，但換一個種子就可能改變順序。",
    ),
    "all ahead": (
        "At equal parameter counts {family} is ahead of {control} at every one of the {count} sizes compared, from {first} to {last} parameters, by {differences}.",
        "參數量相同時，{family} 在所比較的全部 {count} 種大小（{first} 至 {last} 個參數）都領先 {control}，差距為 {differences}。",
    ),
    "all behind": (
        "At equal parameter counts {family} is behind {control} at every one of the {count} sizes compared, from {first} to {last} parameters, by {differences}.",
        "參數量相同時，{family} 在所比較的全部 {count} 種大小（{first} 至 {last} 個參數）都落後 {control}，差距為 {differences}。",
    ),
    "all cannot tell": (
        "At none of the {count} sizes compared, from {first} to {last} parameters, can {family} and {control} be told apart: the measured differences, {differences}, may be chance.",
        "在所比較的 {count} 種大小（{first} 至 {last} 個參數）中，都無法分出 {family} 與 {control} 的高下：測得的差距 {differences} 可能只是偶然。",
    ),
    "one ahead": (
        "At the one size compared, about {first} parameters, {family} is ahead of {control} by {differences}.",
        "在唯一可比較的大小（約 {first} 個參數），{family} 領先 {control}，差距為 {differences}。",
    ),
    "one behind": (
        "At the one size compared, about {first} parameters, {family} is behind {control} by {differences}.",
        "在唯一可比較的大小（約 {first} 個參數），{family} 落後 {control}，差距為 {differences}。",
    ),
    "one cannot tell": (
        "At the one size compared, about {first} parameters, {family} and {control} cannot be told apart: the measured difference, {differences}, may be chance.",
        "在唯一可比較的大小（約 {first} 個參數），無法分出 {family} 與 {control} 的高下：測得的差距 {differences} 可能只是偶然。",
    ),
    "some ahead": (
        "At equal parameter counts {family} is ahead of {control} at {ahead} parameters, by {ahead_differences}; at {unclear} the difference may be chance.",
        "參數量相同時，{family} 在 {ahead} 個參數處領先 {control}，差距為 {ahead_differences}；在 {unclear} 個參數處，差距可能只是偶然。",
    ),
    "some behind": (
        "At equal parameter counts {family} is behind {control} at {behind} parameters, by {behind_differences}; at {unclear} the difference may be chance.",
        "參數量相同時，{family} 在 {behind} 個參數處落後 {control}，差距為 {behind_differences}；在 {unclear} 個參數處，差距可能只是偶然。",
    ),
    "both": (
        "At equal parameter counts {family} is ahead of {control} at {ahead} parameters, by {ahead_differences}, and behind at {behind}, by {behind_differences}.",
        "參數量相同時，{family} 在 {ahead} 個參數處領先 {control}，差距為 {ahead_differences}；在 {behind} 個參數處則落後，差距為 {behind_differences}。",
    ),
    "both some": (
        "At equal parameter counts {family} is ahead of {control} at {ahead} parameters, by {ahead_differences}, and behind at {behind}, by {behind_differences}; at {unclear} the difference may be chance.",
        "參數量相同時，{family} 在 {ahead} 個參數處領先 {control}，差距為 {ahead_differences}；在 {behind} 個參數處則落後，差距為 {behind_differences}；在 {unclear} 個參數處，差距可能只是偶然。",
    ),
    # where the curves cross
    "crosses": (
        "The two curves cross near {params} parameters (95 % interval {low} to {high}).",
        "兩條曲線約在 {params} 個參數處交叉（95 % 區間 {low} 至 {high}）。",
    ),
    "crossing ahead": (
        "Between {start} and {stop} parameters the two curves do not cross.",
        "在 {start} 至 {stop} 個參數之間，兩條曲線沒有交叉。",
    ),
    "crossing not distinguishable": (
        "Whether the two curves cross between {start} and {stop} parameters cannot be told.",
        "無法判定兩條曲線在 {start} 至 {stop} 個參數之間是否交叉。",
    ),
    "crossing one seed": (
        "Where the two curves cross cannot be concluded from one seed.",
        "只有一個種子，無法推論兩條曲線在何處交叉。",
    ),
    "crossing no overlap": (
        "The two families share no range of parameter counts.",
        "兩個家族的參數量範圍沒有重疊。",
    ),
    # why: what the same number of parameters buys
    "wider": (
        "At about {params} parameters, {family} affords layers {ratio} times as wide as those of {control}, whose skeleton is the same (width {width:g} against {control_width:g}), with {macs} million multiply-adds an image against {control_macs} million.",
        "約 {params} 個參數時，{family} 的各層寬度是骨架相同的{control}的 {ratio} 倍（寬度倍率 {width:g} 對 {control_width:g}），每張影像需 {macs} 百萬次乘加，對照 {control_macs} 百萬次。",
    ),
    "why ahead": (
        "Depthwise separability is all that differs between the two, so the lead at {ahead} parameters comes from it.",
        "兩者只差在是否使用深度可分離卷積，因此在 {ahead} 個參數處的領先來自於它。",
    ),
    "why behind": (
        "Depthwise separability is all that differs between the two, so the loss at {behind} parameters comes from it: there full convolutions make more of their parameters.",
        "兩者只差在是否使用深度可分離卷積，因此在 {behind} 個參數處的落後來自於它：此時完整卷積更能善用參數。",
    ),
    "why both": (
        "Depthwise separability is all that differs between the two: with few parameters its wider layers pay ({ahead}), with more of them full convolutions do ({behind}).",
        "兩者只差在是否使用深度可分離卷積：參數少時，較寬的層較有利（{ahead}）；參數多時，完整卷積較有利（{behind}）。",
    ),
    "why reversed": (
        "Depthwise separability is all that differs between the two: with few parameters full convolutions do better ({behind}), with more of them the wider layers pay ({ahead}).",
        "兩者只差在是否使用深度可分離卷積：參數少時，完整卷積較有利（{behind}）；參數多時，較寬的層較有利（{ahead}）。",
    ),
    "why cannot tell": (
        "Depthwise separability is all that differs between the two; no effect of it could be shown here.",
        "兩者只差在是否使用深度可分離卷積；此處未能顯示它的影響。",
    ),
    # one family's curve
    "curve": (
        "{family}: {count} networks from {first} to {last} parameters; mean {split} accuracy {accuracy_first} at the smallest and {accuracy_last} at the largest.",
        "{family}：{count} 個網路，{first} 至 {last} 個參數；{split}平均準確率在最小者為 {accuracy_first}，在最大者為 {accuracy_last}。",
    ),
    "curve one": (
        "{family}: one network, {first} parameters, with {accuracy_first} mean {split} accuracy.",
        "{family}：一個網路，{first} 個參數，{split}平均準確率 {accuracy_first}。",
    ),
    "levels off": (
        "It levels off from {params} parameters on: up to {largest} there is no more than {high} to gain (measured {gain}).",
        "自 {params} 個參數起趨於平緩：到 {largest} 個參數為止，增益至多 {high}（測得 {gain}）。",
    ),
    "rising": (
        "It still rises at its largest: from {params} to {largest} parameters it gains {gain} (95 % interval {low} to {high}).",
        "到最大的網路仍在上升：從 {params} 到 {largest} 個參數，增益 {gain}（95 % 區間 {low} 至 {high}）。",
    ),
    "plateau not distinguishable": (
        "From {params} to {largest} parameters no gain is certain, nor is a plateau: measured {gain} (95 % interval {low} to {high}).",
        "從 {params} 到 {largest} 個參數，既不能確定有增益，也不能確定已趨平緩：測得 {gain}（95 % 區間 {low} 至 {high}）。",
    ),
    "plateau one seed": (
        "From one seed it cannot be concluded where it levels off.",
        "只有一個種子，無法推論它從何處趨於平緩。",
    ),
    "plateau one budget": (
        "With one network there is no curve to level off.",
        "只有一個網路，無從談趨於平緩。",
    ),
    # question 1
    "sizes": (
        "{small} has {small_params} parameters ({small_trainable} trainable, {small_fixed} not), {large} {large_params} ({large_trainable} trainable, {large_fixed} not): {ratio} times as many.",
        "{small}有 {small_params} 個參數（可訓練 {small_trainable} 個、不可訓練 {small_fixed} 個），{large}有 {large_params} 個（可訓練 {large_trainable} 個、不可訓練 {large_fixed} 個）：是前者的 {ratio} 倍。",
    ),
    "dense share": (
        "Dense layers hold {large_share} of the large network's parameters and {small_share} of the small one's.",
        "大網路有 {large_share} 的參數在全連接層，小網路則為 {small_share}。",
    ),
    "small ahead": (
        "On {split}, the small network is ahead of the large one: {small} against {large}, a difference of {difference} (95 % interval {low} to {high}).",
        "在{split}，小網路領先大網路：{small} 對 {large}，差距 {difference}（95 % 區間 {low} 至 {high}）。",
    ),
    "small behind": (
        "On {split} the small network is behind the large one: {small} against {large}, a difference of {difference} (95 % interval {low} to {high}).",
        "在{split}，小網路落後大網路：{small} 對 {large}，差距 {difference}（95 % 區間 {low} 至 {high}）。",
    ),
    "small cannot tell": (
        "On {split} the two cannot be told apart: {small} against {large}, a difference of {difference} (95 % interval {low} to {high}).",
        "在{split}，無法分出兩者高下：{small} 對 {large}，差距 {difference}（95 % 區間 {low} 至 {high}）。",
    ),
    "small one seed": (
        "On {split} the small network scored {small}, the large one {large}; from one seed each it cannot be concluded which is better.",
        "在{split}，小網路得到 {small}，大網路 {large}；各只有一個種子，無法推論孰優。",
    ),
    "no large": (
        "The sweep has no finished pair of a MobileNet and a CNN under the same recipe, so this question stays open.",
        "本次掃描沒有在同一訓練設定下完成的 MobileNet 與 CNN，此題無法回答。",
    ),
    "no family": (
        "The sweep has no finished network of this kind.",
        "本次掃描沒有這類已完成的網路。",
    ),
    # choosing
    "best": (
        "Best by validation accuracy: {network}, {params} parameters, validation {validation}.",
        "驗證準確率最高者：{network}，{params} 個參數，驗證 {validation}。",
    ),
    "best tested": (
        "Best by validation accuracy: {network}, {params} parameters, validation {validation}, test {test}.",
        "驗證準確率最高者：{network}，{params} 個參數，驗證 {validation}，測試 {test}。",
    ),
    "within limit": (
        "Of the models that take at most {limit} bytes, {network} validates best ({bytes} bytes, validation {validation}).",
        "在不超過 {limit} 位元組的模型中，{network}的驗證準確率最高（{bytes} 位元組，驗證 {validation}）。",
    ),
    "nothing within limit": (
        "No model takes at most {limit} bytes.",
        "沒有任何模型不超過 {limit} 位元組。",
    ),
    "human above": (
        "That is above the agreement of people with the labels, {human} ± {plus_minus}.",
        "這高於人與標籤的一致率 {human} ± {plus_minus} 。",
    ),
    "human within": (
        "That is within the agreement of people with the labels, {human} ± {plus_minus}.",
        "這落在人與標籤的一致率 {human} ± {plus_minus} 之內。",
    ),
    "human below": (
        "That is below the agreement of people with the labels, {human} ± {plus_minus}.",
        "這低於人與標籤的一致率 {human} ± {plus_minus} 。",
    ),
    # honesty
    "stand-in": (
        "Drawn stand-in data. They exercise the workflow; the figures say nothing about real faces.",
        "資料為程式繪製的替代品，僅用來試跑流程；數字不代表真實人臉的結果。",
    ),
    "only validation": (
        "The data have no labelled test split: all accuracies are on the validation part, which also chose the epochs.",
        "資料沒有帶標籤的測試集：所有準確率都來自驗證集，而訓練週期也由它選出。",
    ),
    "all finished": ("All {planned} planned runs finished.", "計畫的 {planned} 次訓練全部完成。"),
    "some missing": (
        "{finished} of {planned} planned runs finished; the others are left out of every mean: {missing}.",
        "計畫的 {planned} 次訓練完成了 {finished} 次；其餘不計入任何平均：{missing}。",
    ),
    "missing run": ("{run} ({status})", "{run}（{status}）"),
    "missing run because": ("{run} ({status}: {reason})", "{run}（{status}：{reason}）"),
    "leak none": (
        "None of the {rows} pictures of {split} has a copy in Training.",
        "{split}的 {rows} 張影像中，沒有任何一張與訓練集重複。",
    ),
    "leak": (
        "Among the {rows} pictures of {split}, copies of Training pictures: {exact} exact, {near} near.",
        "{split}的 {rows} 張影像中，與訓練集重複者：完全相同 {exact} 張，近似 {near} 張。",
    ),
    "without copies": (
        "Without such pictures no run's test accuracy changes by more than {change}.",
        "去除這些影像後，任何一次訓練的測試準確率變動都不超過 {change}。",
    ),
}
