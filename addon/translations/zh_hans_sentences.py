"""Simplified Chinese: sentences that are put together, of panels, reports and grey buttons.

Sentences of the engine's own process stay English: they cross its border with their values in
them.
"""

SENTENCES = {
    "Cancelled": "已取消",
    "Cancelling": "正在取消",
    "Choose a picture first": "请先选择图片",
    "Closed": "封闭",
    "Doubtful": "存疑",
    "Finished, but its scene is closed: Insert Here places it in the open one": "已完成，但其"
    "场景已关闭：“插入此处”会将结果放入当前场景",
    "Finished; placed as soon as you are back in Object Mode": "已完成；回到物体模式后即放入场景",
    "Give at least one picture ({formats})": "请至少给出一张图片（{formats}）",
    "Isoform failed unexpectedly ({kind}: {error}); see the console": "Isoform 意外出错（"
    "{kind}：{error}）；请查看控制台",
    "Isoform was updated before these jobs were done; start them again: {names}": "Isoform "
    "在这些任务完成之前被更新；请重新开始：{names}",
    "Knows": "认识",
    "Licence": "许可",
    "More is in the whole manual": "更多内容见完整手册",
    "No job is running": "没有正在运行的任务",
    "Not closed": "未封闭",
    "Nothing selected": "未选中任何内容",
    "Nothing was added; the mesh stays as it is": "没有添加任何内容；网格保持原样",
    "One piece": "一个整体",
    "One selected face": "选中一个面",
    "Only a failed or cancelled job can be tried again": "只有失败或取消的任务可以重试",
    "Only a job that waits can be moved": "只有等待中的任务可以移动",
    "Only an installed extension has a folder of its own": "只有已安装的扩展才有自己的文件夹",
    "Only the first four pictures are taken": "只采用前四张图片",
    "Press Edit Mask with an Image Editor open first": "请先打开图像编辑器，再按“编辑遮罩”",
    "Results are placed in Object Mode: switch to it first": "结果在物体模式中放入：请先切换"
    "到物体模式",
    "Save the file first to give its assets a catalog": "请先保存文件，才能为资产指定目录",
    "Select a mesh first": "请先选择网格",
    "Select one of several completed shapes first": "请先从多个补全的形状中选择一个",
    "Select something that Isoform has made": "请选择由 Isoform 生成的物体",
    "Shape {rank} of {count}": "形状 {rank} / {count}",
    "Shapes are exchanged in Object Mode: switch to it first": "形状在物体模式中切换：请先切"
    "换到物体模式",
    "Show an image in the Image Editor first": "请先在图像编辑器中显示图像",
    "Show the cut-out first": "请先显示抠图",
    "Showing {name}": "正在显示 {name}",
    "Starting the engine": "正在启动引擎",
    "Starting the engine once more": "正在再次启动引擎",
    "The catalog cannot be written: {reason}": "无法写入目录：{reason}",
    "The corrections have changed: show the cut-out again": "修正已改变：请重新显示抠图",
    "The engine ended by itself; trying once more": "引擎自行退出；正在重试",
    "The folder cannot be made: {reason}": "无法创建文件夹：{reason}",
    "The manual cannot be read: {reason}": "无法读取手册：{reason}",
    "The mesh has changed since it was checked": "检查之后网格已改变",
    "The model has not been read yet": "尚未读取模型",
    "The object belongs to another file": "物体属于另一个文件",
    "The picture is no cut-out": "该图片不是抠图",
    "The report is in the clipboard": "报告已复制到剪贴板",
    "The result could not be placed; see the console. Insert Here tries again": "无法放入结果"
    "；请查看控制台。“插入此处”会再试一次",
    "There is no failed job that a button can fix": "没有按钮可以修复的失败任务",
    "There is no result that waits to be inserted": "没有等待插入的结果",
    "This works in Object Mode and in Edit Mode": "仅可在物体模式和编辑模式中使用",
    "To paint on it, open {name} in an Image Editor": "要绘制，请在图像编辑器中打开 {name}",
    "Trained on": "训练数据",
    "Unchanged": "未改动",
    "Waiting": "等待中",
    "an original object is gone; the result stands where it was": "一个原物体已不存在；结果位"
    "于其原处",
    "closed": "封闭",
    "completing works in Object Mode and in Edit Mode; switch to one of them": "补全可在物体"
    "模式和编辑模式中使用；请切换到其中之一",
    "it is in {pieces} pieces": "分为 {pieces} 个部分",
    "it touches the picture's edge, so a part may be missing": "物体触及图片边缘，可能缺少一部分",
    "linked from another file, so hidden here but still rendered: {names}": "链接自另一个文件，因此"
    "在此处已隐藏，但仍会被渲染：{names}",
    "no face is selected; select the faces to trust, or leave Edit Mode": "未选中任何面；请选"
    "择可信的面，或离开编辑模式",
    "no picture is chosen; choose one in "
    "the panel or give filepath= in a script": "未选择图片；请在面板中选择，或在脚本中给出 "
    "filepath=",
    "no visible object is selected; select the mesh to complete": "未选中可见物体；请选择要补"
    "全的网格",
    "not closed": "未封闭",
    "the best of {count} shapes": "{count} 个形状中最好的一个",
    "the collection {name!r} is a library override and takes no new objects; the result is in "
    "{other!r}": "集合 {name!r} 是库覆盖，不能加入新物体；结果位于 {other!r} 中",
    "the collection {name!r} is linked from another file and takes no new objects; the result is "
    "in {other!r}": "集合 {name!r} 链接自另一个文件，不能加入新物体；结果位于 {other!r} 中",
    "the cut-out cannot be kept in the temporary folder {folder} ({error}); free some disk "
    "space": "抠图无法存入临时文件夹 {folder}（{error}）；请释放一些磁盘空间",
    "the cut-out of {name!r} is gone ({path}); show it again": "{name!r} 的抠图已不存在（"
    "{path}）；请重新显示",
    "the file of the picture {name!r} is missing ({path}); find it again or choose another "
    "picture": "图片 {name!r} 的文件缺失（{path}）；请重新查找，或选择其他图片",
    "the job was cancelled; nothing was changed": "任务已取消；没有任何改动",
    "the kept mesh is not in {path}; start the job again": "保留的网格不在 {path} 中；请重新"
    "开始任务",
    "the kept mesh {path} cannot be read ({error}); start the job again": "无法读取保留的网格"
    " {path}（{error}）；请重新开始任务",
    "the mesh cannot be kept in {folder} ({error}); free some disk space": "网格无法存入 "
    "{folder}（{error}）；请释放一些磁盘空间",
    "the mesh cannot be written for the engine ({why}); free some disk space": "无法为引擎写"
    "出网格（{why}）；请释放一些磁盘空间",
    "the object covers {share:.0f} % of the picture": "物体占图片的 {share:.0f} %",
    "the object {name!r} has no surface (it is of type {kind}); deselect it": "物体 {name!r} "
    "没有表面（类型为 {kind}）；请取消选择",
    "the object {name!r} has no volume (its scale in the world is {scale}); give it a scale "
    "other than zero": "物体 {name!r} 没有体积（其世界缩放为 {scale}）；请使其缩放不为零",
    "the object {name!r} shows instances of a collection; make them real (Object > Apply > "
    "Make Instances Real)": "物体 {name!r} 显示的是集合的实例；请将其实例化（物体 > 应用 > 实"
    "现实例）",
    "the object {name!r} shows instances, which are no part of its mesh; make them real "
    "(Object > Apply > Make Instances Real, or the node Realize Instances)": "物体 {name!r} "
    "显示的实例不属于其网格；请将其实例化（物体 > 应用 > 实现实例，或“实现实例”节点）",
    "the picture {name!r} cannot be saved for the engine ({error}); save it as a PNG file "
    "and choose that": "无法为引擎保存图片 {name!r}（{error}）；请存为 PNG 文件后再选择",
    "the picture {path} cannot be kept for the job ({error}); choose another, or free some "
    "disk space": "无法为任务保存图片 {path}（{error}）；请选择其他图片，或释放一些磁盘空间",
    "the result has no faces; select more of the shape": "结果没有面；请选择形状的更多部分",
    "the result has no faces; try another picture or a higher resolution": "结果没有面；请尝"
    "试其他图片或更高的分辨率",
    "the result keeps {kept} of {given} vertices; start the job again, or keep the surface "
    "fused": "结果只保留了 {kept} / {given} 个顶点；请重新开始任务，或选择融合表面",
    "the result tells of {observed} and {confidence} vertices, but has {vertices}; start the "
    "job again": "结果声称有 {observed} 和 {confidence} 个顶点，实际有 {vertices} 个；请重新"
    "开始任务",
    "the result's faces name vertices {low} to {high}, but there are {count}; start the job "
    "again": "结果的面引用了顶点 {low} 到 {high}，但只有 {count} 个；请重新开始任务",
    "the scene {name!r} is linked from another file and takes no objects; switch to a scene of "
    "this file": "场景 {name!r} 链接自另一个文件，不能加入物体；请切换到本文件的场景",
    "the scene {name!r} is not open any more; insert the result in another": "场景 {name!r} "
    "已不再打开；请将结果插入其他场景",
    "the selection has no faces (only {vertices} vertices and {edges} edges); select a mesh "
    "that has": "选中内容没有面（只有 {vertices} 个顶点和 {edges} 条边）；请选择有面的网格",
    "the size must be a positive number of metres, {most:,} at most; found {size:g}; give "
    "another": "尺寸须为正的米数，最大 {most:,}；当前为 {size:g}；请另行指定",
    "there is no picture {path}; choose another": "没有图片 {path}；请选择其他图片",
    "with holes": "有孔洞",
    "{bad} of {count} vertices of the "
    "selection are NaN or infinite; delete them": "选中的顶点中有 {bad} / {count} 个为 NaN 或"
    "无穷大；请删除它们",
    "{category}, doubtful": "{category}（存疑）",
    "{count} more in Jobs": "任务列表中还有 {count} 个",
    "{faces:,} faces": "{faces:,} 个面",
    "{n:,} selected faces": "选中 {n:,} 个面",
    "{name} is an asset now": "{name} 现已成为资产",
    "{n} objects, as one": "{n} 个物体，视为一体",
    "{pieces:,} pieces": "{pieces:,} 个部分",
    "{seconds:.1f} s": "{seconds:.1f} 秒",
    "{share:.0f} % of the vertices are invented": "{share:.0f} % 的顶点是补出的",
    "{share:.0f} % sure": "把握 {share:.0f} %",
    "{stage}, {left:.0f} s left": "{stage}，还需 {left:.0f} 秒",
    "{words}, doubtful": "{words}，存疑",
    "{triangles:,} triangles": "{triangles:,} 个三角面",
}
